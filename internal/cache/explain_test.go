package cache_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// explained is a story about one entry in a cache without Redis, from 2025-06-18T09:00:00Z on.
type explained struct {
	story  func(t *testing.T, c *cache.Cache, r *rocket)
	would  cache.Outcome
	reason string
}

const staleMinutes = 6 // after which an entry about an open month is stale

var explanations = map[string]explained{
	"absent": {
		func(*testing.T, *cache.Cache, *rocket) {}, cache.WouldFetch,
		"nothing is cached; the request waits for a fetch from Rocket.",
	},
	"absent while Rocket fails": {
		func(_ *testing.T, _ *cache.Cache, r *rocket) { r.failing.Store(true) }, cache.WouldFetch,
		"nothing is cached; Rocket is out; the request fails, at once or after a fetch, unless Rocket responds again.",
	},
	"absent in a backoff": {
		func(t *testing.T, c *cache.Cache, r *rocket) { outage(r); fails(t, c) }, cache.WouldFetch,
		"nothing is cached; the last fetch failed (Rocket returned 503), and none is sent before 2025-06-18T09:00:01Z; " +
			"until then requests get that failure.",
	},
	"fresh": {
		func(t *testing.T, c *cache.Cache, _ *rocket) { get(t, c, june()); time.Sleep(time.Minute) }, cache.WouldHit,
		"fetched 1 minute ago; its month is open, so it is fresh for 5 minutes; served from memory, fresh until 2025-06-18T09:05:00Z.",
	},
	"soon to be refreshed": {
		func(t *testing.T, c *cache.Cache, _ *rocket) {
			get(t, c, june())
			time.Sleep(5*time.Minute - time.Millisecond)
		}, cache.WouldHit,
		"fetched 4 minutes ago; its month is open, so it is fresh for 5 minutes; served from memory, fresh until 2025-06-18T09:05:00Z, " +
			"and refreshed in the background, since that is soon.",
	},
	"stale while revalidating": {
		func(t *testing.T, c *cache.Cache, _ *rocket) {
			get(t, c, june())
			time.Sleep(staleMinutes * time.Minute)
		}, cache.WouldStale,
		"fetched 6 minutes ago; its month is open, so it was fresh for 5 minutes; " +
			"served stale from memory until 2025-06-18T09:15:00Z while it is refreshed in the background.",
	},
	"stale beyond that": {
		func(t *testing.T, c *cache.Cache, _ *rocket) { get(t, c, june()); time.Sleep(time.Hour) }, cache.WouldFetch,
		"fetched 1 hour ago; its month is open, so it was fresh for 5 minutes; the request waits for a fetch from Rocket, " +
			"and is served stale if that fails or takes longer than 2 seconds, until 2025-06-21T09:05:00Z.",
	},
	"stale while Rocket fails": {
		func(t *testing.T, c *cache.Cache, r *rocket) {
			get(t, c, june())
			time.Sleep(staleMinutes * time.Minute)
			r.failing.Store(true)
		}, cache.WouldStale,
		"fetched 6 minutes ago; its month is open, so it was fresh for 5 minutes; Rocket is out; " +
			"served stale from memory until 2025-06-21T09:05:00Z.",
	},
	"stale in a backoff": {
		func(t *testing.T, c *cache.Cache, r *rocket) {
			get(t, c, june())
			outage(r)
			time.Sleep(time.Hour)
			get(t, c, june())
		}, cache.WouldStale,
		"fetched 1 hour ago; its month is open, so it was fresh for 5 minutes; the last fetch failed (Rocket returned 503), " +
			"and none is sent before 2025-06-18T10:00:01Z; served stale from memory until 2025-06-21T09:05:00Z.",
	},
	"expired": {
		func(t *testing.T, c *cache.Cache, _ *rocket) { get(t, c, june()); until("2025-06-22T00:00:00Z") }, cache.WouldFetch,
		"nothing is cached; the request waits for a fetch from Rocket.",
	},
	"soft purge": {
		func(t *testing.T, c *cache.Cache, _ *rocket) {
			get(t, c, june())
			time.Sleep(time.Minute)
			purge(t, c, cache.Purge{All: true})
			time.Sleep(30 * time.Second)
		}, cache.WouldStale,
		"fetched 90 seconds ago; a purge made it stale 30 seconds ago; " +
			"served stale from memory until 2025-06-18T09:11:00Z while it is refreshed in the background.",
	},
	"hard purge": {
		func(t *testing.T, c *cache.Cache, _ *rocket) {
			get(t, c, june())
			time.Sleep(time.Minute)
			purge(t, c, cache.Purge{All: true, Hard: true})
			time.Sleep(time.Second)
		}, cache.WouldFetch,
		"fetched 61 seconds ago; a hard purge deleted it 1 second ago; the request waits for a fetch from Rocket.",
	},
}

func outage(r *rocket) {
	r.respond = func(context.Context, *query.Query) ([]byte, error) {
		return nil, &fault.Error{Kind: fault.UpstreamError, Status: 503, Detail: "Rocket returned 503."}
	}
}

func fails(t *testing.T, c *cache.Cache) {
	t.Helper()
	if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{}); err == nil {
		t.Error("the fetch did not fail")
	}
}

func explain(c *cache.Cache, q *query.Query) cache.Explanation {
	return c.Explain(context.Background(), q, q.Key())
}

// Each explanation is what the next Get does, and giving it changes nothing.
func TestExplanations(t *testing.T) {
	for name, want := range explanations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-06-18T09:00:00Z")
				r := returns(`["secret amount"]`)
				o := options(r)
				o.Policy.StaleWhileRevalidate = 10 * time.Minute
				o.Outage = func(*query.Query) string { return "Rocket is out" }
				c := open(t, o)
				want.story(t, c, r)
				synctest.Wait()
				calls := r.calls.Load()
				got := explain(c, june())
				if diff := cmp.Diff(got, explain(c, june())); diff != "" {
					t.Error("the first explanation changed something:", diff)
				}
				synctest.Wait()
				if n := r.calls.Load(); n != calls {
					t.Errorf("%d fetches", n-calls)
				}
				if got.Would != want.would || got.Reason != want.reason || got.Redis != nil {
					t.Errorf("%s: %s\nwant %s", got.Would, got.Reason, want.reason)
				}
				text, _ := json.Marshal(got)
				if strings.Contains(string(text), "amount") {
					t.Errorf("%s", text)
				}
				wantAsExplained(t, c, got)
			})
		})
	}
}

// wantAsExplained compares an explanation with what Get does.
func wantAsExplained(t *testing.T, c *cache.Cache, x cache.Explanation) {
	t.Helper()
	a, _ := c.Get(t.Context(), june(), june().Key(), cache.Directives{})
	did := cache.WouldFetch
	switch {
	case a.Status.Hit && a.Status.TTL > 0:
		did = cache.WouldHit
	case a.Status.Hit:
		did = cache.WouldStale
	}
	if x.Would != did {
		t.Errorf("it explains %s (%s), and does %s", x.Would, x.Reason, a.Status)
	}
}

// An entry stays in memory beyond its use, for the time when its content was first seen.
func TestExplanationOfAnExpiredEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`[]`)
		o := options(r)
		o.Policy.StaleIfError = time.Minute
		c := open(t, o)
		get(t, c, june())
		time.Sleep(7 * time.Minute)
		x := explain(c, june())
		const want = "fetched 7 minutes ago; its month is open, so it was fresh for 5 minutes; " +
			"it could be served stale until 2025-06-18T09:06:00Z; the request waits for a fetch from Rocket."
		if x.Would != cache.WouldFetch || x.Reason != want || x.Memory == nil || x.Memory.Purged {
			t.Errorf("%s: %s, %+v", x.Would, x.Reason, x.Memory)
		}
		wantAsExplained(t, c, x)
	})
}

func TestExplanationsNameTheState(t *testing.T) {
	for fetched, want := range map[string]string{
		"2025-06-30T23:58:00Z": "its month was open at the fetch, so it is fresh for 5 minutes",
		"2025-07-02T00:00:00Z": "its month is settling, so it is fresh for 1 hour",
		"2025-09-01T00:00:00Z": "its month is closed, so it is fresh for 24 hours",
	} {
		synctest.Test(t, func(t *testing.T) {
			until(fetched)
			c := open(t, options(returns(`[]`)))
			get(t, c, june())
			time.Sleep(3 * time.Minute)
			if x := explain(c, june()); !strings.Contains(x.Reason, want) {
				t.Errorf("%s: %s, want %s", fetched, x.Reason, want)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c := open(t, options(returns(`[]`)))
		q := june()
		q.Endpoint = query.Customers
		get(t, c, q)
		if x := explain(c, q); !strings.Contains(x.Reason, "it is a list to choose from, so it is fresh for 15 minutes") {
			t.Error(x.Reason)
		}
	})
}

func TestExplainARestatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-12-18T09:00:00Z")
		r := returns(`[{"id":"a","label":"a","actual":1}]`)
		c := open(t, options(r))
		q, other := june(), june()
		other.Endpoint = query.ByDay
		get(t, c, q)
		time.Sleep(23 * time.Hour)
		get(t, c, other)
		time.Sleep(2 * time.Hour)
		r.respond = returns(`[{"id":"a","label":"a","actual":2}]`).respond
		get(t, c, q)
		const want = "fetched 2 hours ago; a restatement of its month made it stale just now; "
		if x := explain(c, other); !strings.HasPrefix(x.Reason, want) {
			t.Errorf("%+v", x)
		}
	})
}
