package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func purge(t *testing.T, c *cache.Cache, p cache.Purge) {
	t.Helper()
	if err := c.Purge(context.Background(), p); err != nil {
		t.Fatal(err)
	}
}

func TestASoftPurgeMakesStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		c := open(t, revalidating(r))
		get(t, c, june())
		time.Sleep(time.Minute)
		purge(t, c, cache.Purge{All: true})
		r.respond = slowly(`["two"]`).respond
		time.Sleep(2 * time.Second)
		a := get(t, c, june())
		wantStatus(t, a, "hit; ttl=-2; detail=memory")
		if string(a.Entry.Body) != `["one"]` || !a.FreshUntil.Before(time.Now()) {
			t.Errorf("%s, fresh until %s", a.Entry.Body, a.FreshUntil)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if a := get(t, c, june()); string(a.Entry.Body) != `["two"]` || a.Status.TTL <= 0 {
			t.Errorf("%s %s", a.Entry.Body, a.Status)
		}
	})
}

func TestAHardPurgeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		c := open(t, revalidating(r))
		get(t, c, june())
		time.Sleep(time.Second)
		purge(t, c, cache.Purge{Queries: []query.Query{*june()}, Hard: true})
		if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{OnlyIfCached: true}); err == nil {
			t.Error("a purged entry was served")
		}
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200; stored")
		wantStatus(t, get(t, c, june()), "hit; ttl=300; detail=memory")
	})
}

// A purge during a fetch wins over its result.
// A query is purged for every account, also for those that the purging replica does not know.
func TestAPurgeOfAQueryHitsAllAccounts(t *testing.T) {
	c := open(t, options(returns(`[1]`)))
	other, another := june(), june()
	other.Account, another.CustomerID = "another account", "c"
	for _, q := range []*query.Query{june(), other, another} {
		get(t, c, q)
	}
	named := june()
	named.Account = ""
	purge(t, c, cache.Purge{Queries: []query.Query{*named}, Hard: true})
	for _, q := range []*query.Query{june(), other} {
		wantStatus(t, get(t, c, q), "fwd=miss; fwd-status=200; stored")
	}
	if a := get(t, c, another); !a.Status.Hit {
		t.Errorf("another query: %s", a.Status)
	}
}

func TestAPurgeDuringAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := slowly(`["old"]`)
		c := open(t, revalidating(r))
		go func() {
			time.Sleep(500 * time.Millisecond)
			purge(t, c, cache.Purge{All: true, Hard: true})
		}()
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200")
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200; stored")
	})
}

func TestWhatATagHits(t *testing.T) {
	about := func(change func(*query.Query)) *query.Query {
		q := june()
		change(q)
		return q
	}
	queries := map[string]*query.Query{
		"all customers": june(),
		"customer c-1":  about(func(q *query.Query) { q.CustomerID = "c-1" }),
		"customer c-2":  about(func(q *query.Query) { q.CustomerID = "c-2" }),
		"aws":           about(func(q *query.Query) { q.Provider = query.AWS }),
		"May to June":   about(func(q *query.Query) { q.Start = "2025-05-01" }),
		"July":          about(func(q *query.Query) { q.Start, q.End = "2025-07-01", "2025-07-31" }),
	}
	for tag, spared := range map[string][]string{
		"customer:c-1":    {"customer c-2"},
		"customer:other":  {"customer c-1", "customer c-2"},
		"provider:aws":    {"all customers", "customer c-1", "customer c-2", "May to June", "July"},
		"period:2025-05":  {"all customers", "customer c-1", "customer c-2", "aws", "July"},
		"period:2025-06":  {"July"},
		"reseller:r":      {},
		"period:2024-06":  {"all customers", "customer c-1", "customer c-2", "aws", "May to June", "July"},
		"subscription:s1": {},
	} {
		synctest.Test(t, func(t *testing.T) {
			until("2025-06-18T09:00:00Z")
			c := open(t, options(returns(`[]`)))
			for _, q := range queries {
				get(t, c, q)
			}
			time.Sleep(time.Second)
			purge(t, c, cache.Purge{Tags: []string{tag}, Hard: true})
			hits := map[string]bool{}
			for _, name := range spared {
				hits[name] = true
			}
			for name, q := range queries {
				if a := get(t, c, q); a.Status.Hit != hits[name] {
					t.Errorf("%s: %s returns %s", tag, name, a.Status)
				}
			}
		})
	}
}

// Every replica hears of a purge.
func TestAPurgeReachesEveryReplica(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns(`["one"]`)
	caches := replicas(t, 3, r, server)
	for _, c := range caches {
		get(t, c, june())
	}
	r.respond = returns(`["two"]`).respond
	purge(t, caches[0], cache.Purge{Tags: []string{"customer:c-1"}, Hard: true})
	for _, c := range caches {
		eventually(t, func() bool { return string(get(t, c, june()).Entry.Body) == `["two"]` })
	}
	if n := r.calls.Load(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	late := replica(t, returns("never fetched"), server.URL())
	if a := get(t, late, june()); string(a.Entry.Body) != `["two"]` || !a.Status.Hit {
		t.Errorf("a new replica returns %s, %s", a.Entry.Body, a.Status)
	}
}

// A replica that starts after a purge must not take the old entry from Redis, not even for its first response.
func TestANewReplicaKnowsOfThePurge(t *testing.T) {
	server := testkit.StartRedis(t)
	c := replica(t, returns(`["one"]`), server.URL())
	get(t, c, june())
	purge(t, c, cache.Purge{All: true, Hard: true})
	for range 10 {
		c := replica(t, returns(`["two"]`), server.URL())
		if a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{OnlyIfCached: true}); err == nil {
			t.Fatalf("it returns what was purged: %s", a.Status)
		}
	}
	if a := get(t, replica(t, returns(`["two"]`), server.URL()), june()); string(a.Entry.Body) != `["two"]` {
		t.Errorf("it returns %s", a.Entry.Body)
	}
}

// A purge that Redis missed reaches the other replicas once it is back.
func TestAMissedPurgeIsReplayed(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns(`["one"]`)
	caches := replicas(t, 2, r, server)
	for _, c := range caches {
		get(t, c, june())
	}
	server.Freeze()
	if err := caches[0].Purge(t.Context(), cache.Purge{All: true, Hard: true}); !errors.Is(err, cache.ErrNotShared) {
		t.Errorf("%v, want %v", err, cache.ErrNotShared)
	}
	r.respond = returns(`["two"]`).respond
	server.Thaw()
	eventually(t, func() bool { return string(get(t, caches[1], june()).Entry.Body) == `["two"]` })
}

func TestAPurgeWithoutRedisSaysSo(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns(`["one"]`)
	c := replica(t, r, server.URL())
	get(t, c, june())
	server.Kill()
	if err := c.Purge(t.Context(), cache.Purge{All: true, Hard: true}); !errors.Is(err, cache.ErrNotShared) {
		t.Errorf("%v, want %v", err, cache.ErrNotShared)
	}
	wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200; stored")
}

// What counts purges must not come to the same number again after Redis was flushed: replicas would not notice the next purge.
func TestAPurgeAfterALossOfRedisIsReceived(t *testing.T) {
	r := returns(`["one"]`)
	fleetInBubble(t, 2, r, unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		purge(t, caches[0], cache.Purge{All: true})
		time.Sleep(1200 * time.Millisecond) // all know of it
		for _, c := range caches {
			get(t, c, june())
		}
		redis.FlushAll()
		purge(t, caches[0], cache.Purge{All: true, Hard: true})
		r.respond = returns(`["two"]`).respond
		time.Sleep(2 * time.Second)
		for _, c := range caches {
			if a := get(t, c, june()); string(a.Entry.Body) != `["two"]` {
				t.Errorf("%s %s", a.Status, a.Entry.Body)
			}
		}
	})
}

// A Redis that lost its purges, by a failover for example, gets them again from the replicas that know them: what is purged stays so.
func TestPurgesOutliveALossOfRedis(t *testing.T) {
	r := returns(`["one"]`)
	fleetInBubble(t, 1, r, unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		c := caches[0]
		get(t, c, june())
		purge(t, c, cache.Purge{All: true, Hard: true})
		only := cache.Directives{OnlyIfCached: true}
		for _, lose := range []func() error{
			func() error { redis.Del("test:purges2"); return nil },
			func() error { return c.Purge(context.Background(), cache.Purge{Tags: []string{"customer:other"}}) }, // there is news
		} {
			if err := lose(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1200 * time.Millisecond)
			if _, err := c.Get(t.Context(), june(), june().Key(), only); err == nil {
				t.Error("what was purged is back in memory")
			}
		}
		if redis.HGet("test:purges2", "h all") == "" {
			t.Error("Redis does not have the purge again")
		}
		late, _ := inBubble(t, r, redis)
		if a, err := late.Get(t.Context(), june(), june().Key(), only); err == nil {
			t.Errorf("a new replica returns what was purged: %s", a.Status)
		}
	})
}

// Purges without Redis are bounded: too many become one of everything.
func TestTooManyPurges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		c := open(t, options(returns(`[]`)))
		var tags []string
		for n := range 10_000 {
			tags = append(tags, "period:"+strconv.Itoa(n))
		}
		purge(t, c, cache.Purge{Tags: tags, Hard: true})
		get(t, c, june())
		time.Sleep(time.Second)
		purge(t, c, cache.Purge{Tags: []string{"period:1999-01"}})
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200; stored")
		purge(t, c, cache.Purge{Tags: []string{"period:1999-02"}, Hard: true})
		wantStatus(t, get(t, c, june()), "hit; ttl=300; detail=memory")
	})
}

// A request after a purge gets nothing from a fetch that began before it, although such a fetch is still under way.
func TestAFetchFromBeforeThePurgeIsNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := &rocket{}
		r.respond = func(context.Context, *query.Query) ([]byte, error) {
			call := r.calls.Load()
			time.Sleep(time.Second)
			return fmt.Appendf(nil, "[%d]", call), nil
		}
		c := open(t, revalidating(r))
		go func() { _, _ = c.Get(context.Background(), june(), june().Key(), cache.Directives{}) }()
		time.Sleep(500 * time.Millisecond)
		purge(t, c, cache.Purge{All: true, Hard: true})
		time.Sleep(100 * time.Millisecond)
		a := get(t, c, june())
		if string(a.Entry.Body) != `[2]` || r.calls.Load() != 2 {
			t.Errorf("%s, %s after %d calls", a.Entry.Body, a.Status, r.calls.Load())
		}
	})
}
