package cache_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// revalidating returns the options of a cache that serves stale entries for ten minutes.
func revalidating(r *rocket) cache.Options {
	o := options(r)
	o.Policy.StaleWhileRevalidate = 10 * time.Minute
	o.RefreshFloor = 30 * time.Second
	return o
}

// slowly responds after a second.
func slowly(body string) *rocket {
	return &rocket{respond: func(ctx context.Context, _ *query.Query) ([]byte, error) {
		select {
		case <-time.After(time.Second):
			return []byte(body), nil
		case <-ctx.Done():
			return nil, &fault.Error{Kind: fault.UpstreamTimeout}
		}
	}}
}

func TestStaleWhileRevalidateRefreshesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := slowly(`["one"]`)
		c := open(t, revalidating(r))
		get(t, c, june())
		r.respond = slowly(`["two"]`).respond
		time.Sleep(5*time.Minute + 12*time.Second)
		started := time.Now()
		for range 100 {
			a := get(t, c, june())
			wantStatus(t, a, "hit; ttl=-12; detail=memory")
			if string(a.Entry.Body) != `["one"]` {
				t.Fatalf("body %s", a.Entry.Body)
			}
		}
		if took := time.Since(started); took != 0 {
			t.Errorf("stale entries took %s", took)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		a := get(t, c, june())
		wantStatus(t, a, "hit; ttl=300; detail=memory")
		if string(a.Entry.Body) != `["two"]` || r.calls.Load() != 2 {
			t.Errorf("body %s after %d calls, want the new one after 2", a.Entry.Body, r.calls.Load())
		}
	})
}

func TestBeyondTheWindowACallerWaitsForRocketButNotLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		c := open(t, revalidating(r))
		get(t, c, june())
		time.Sleep(16 * time.Minute)
		r.respond = func(context.Context, *query.Query) ([]byte, error) {
			time.Sleep(5 * time.Second)
			return []byte(`["two"]`), nil
		}
		started := time.Now()
		a := get(t, c, june())
		wantStatus(t, a, "fwd=stale")
		if took := time.Since(started); took != 2*time.Second || string(a.Entry.Body) != `["one"]` {
			t.Errorf("%s after %s, want the stale body after 2s", a.Entry.Body, took)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if a := get(t, c, june()); string(a.Entry.Body) != `["two"]` || r.calls.Load() != 2 {
			t.Errorf("%s after %d calls: the slow fetch was to end in the background", a.Entry.Body, r.calls.Load())
		}
	})
}

// While Rocket fails, a stale entry is tried again ever more seldom, but at least every ten seconds.
func TestFailedRefreshesBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`[]`)
		c := open(t, revalidating(r))
		get(t, c, june())
		r.fails(fault.UpstreamError, 503)
		time.Sleep(time.Hour)
		wantStatus(t, get(t, c, june()), "fwd=stale; fwd-status=503")
		wantStatus(t, get(t, c, june()), "hit; ttl=-3300; detail=memory")
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			get(t, c, june())
		}
		if n := r.calls.Load(); n < 1+1+6 || n > 1+1+10 {
			t.Errorf("%d calls in a minute of failure", n)
		}
		r.respond = returns(`["back"]`).respond
		time.Sleep(10 * time.Second)
		if a := get(t, c, june()); string(a.Entry.Body) != `["back"]` {
			t.Errorf("%s ten seconds after Rocket was back: %s", a.Entry.Body, a.Status)
		}
	})
}

// Durations in the log are text with a unit, as JSON too.
func TestTheLogOfAFailedRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`[]`)
		o := revalidating(r)
		var log bytes.Buffer
		o.Log = slog.New(slog.NewJSONHandler(&log, nil))
		c := open(t, o)
		get(t, c, june())
		r.fails(fault.UpstreamError, 503)
		time.Sleep(time.Hour)
		get(t, c, june())
		if !strings.Contains(log.String(), `"msg":"refresh failed, serving stale entry","age":"1h0m0s"`) {
			t.Errorf("the log is %s", log.String())
		}
	})
}

func TestNoCacheRefetchesWhatIsOldEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		c := open(t, revalidating(r))
		fresh := cache.Directives{NoCache: true}
		send := func(want string) cache.Response {
			t.Helper()
			a, err := c.Get(t.Context(), june(), june().Key(), fresh)
			if err != nil {
				t.Fatal(err)
			}
			wantStatus(t, a, want)
			return a
		}
		send("fwd=miss; fwd-status=200; stored")
		time.Sleep(29 * time.Second)
		send("hit; ttl=271; detail=memory")
		time.Sleep(time.Second)
		r.respond = returns(`["two"]`).respond
		if a := send("fwd=request; fwd-status=200; stored"); string(a.Entry.Body) != `["two"]` {
			t.Errorf("body %s", a.Entry.Body)
		}
		time.Sleep(time.Minute)
		r.fails(fault.UpstreamError, 503)
		if a := send("fwd=request; fwd-status=503"); string(a.Entry.Body) != `["two"]` {
			t.Errorf("body %s", a.Entry.Body)
		}
	})
}

func TestNoCacheIsCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := slowly(`[]`)
		c := open(t, revalidating(r))
		get(t, c, june())
		time.Sleep(time.Minute)
		var callers sync.WaitGroup
		var led atomic.Int32
		for range 50 {
			callers.Go(func() {
				a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{NoCache: true})
				if err != nil || a.Status.Fwd != cache.FwdRequest {
					t.Errorf("%v %v", a.Status, err)
				}
				if a.Status.Stored {
					led.Add(1)
				}
			})
		}
		callers.Wait()
		if r.calls.Load() != 2 || led.Load() != 1 {
			t.Errorf("%d calls, %d led; want 2 and 1", r.calls.Load(), led.Load())
		}
	})
}

func TestOnlyIfCachedNeverAsksRocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`[]`)
		c := open(t, revalidating(r))
		only := cache.Directives{OnlyIfCached: true, NoCache: true}
		if _, err := c.Get(t.Context(), june(), june().Key(), only); fault.Of(err).Kind != fault.CacheMiss {
			t.Errorf("cold: %v, want %s", err, fault.CacheMiss)
		}
		get(t, c, june())
		for _, after := range []struct {
			sleep time.Duration
			want  string
		}{{time.Minute, "hit; ttl=240; detail=memory"}, {5 * time.Minute, "hit; ttl=-60; detail=memory"},
			{time.Hour, "hit; ttl=-3660; detail=memory"}} {
			time.Sleep(after.sleep)
			a, err := c.Get(t.Context(), june(), june().Key(), only)
			if err != nil {
				t.Fatal(err)
			}
			wantStatus(t, a, after.want)
		}
		synctest.Wait()
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

// Last-Modified is kept over identical refetches also without stale-if-error: an entry of no more use to
// callers still has the time when its content was first seen.
func TestFirstSeenOutlivesTheEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		useless := func(o *cache.Options) { o.Policy.StaleIfError, o.Policy.StaleWhileRevalidate = 0, 0 }
		c, _ := inBubble(t, r, redis, useless)
		first := get(t, c, june())
		late, _ := inBubble(t, r, redis, useless)
		for _, c := range []*cache.Cache{c, late} {
			time.Sleep(5*time.Minute + time.Second)
			a := get(t, c, june())
			wantStatus(t, a, "fwd=miss; fwd-status=200; stored")
			if !a.Entry.FirstSeen.Equal(first.Entry.FirstSeen) {
				t.Errorf("first seen %s, want %s", a.Entry.FirstSeen, first.Entry.FirstSeen)
			}
		}
	})
}
