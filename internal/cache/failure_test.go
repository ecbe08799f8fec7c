package cache_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// A waiter that becomes the leader has all the time for Rocket, if its caller has not. Later callers get what it
// fetches.
func TestALateLeaderHasAllItsTime(t *testing.T) {
	r := &rocket{respond: func(ctx context.Context, _ *query.Query) ([]byte, error) {
		select {
		case <-time.After(3 * time.Second):
			return []byte(`[]`), nil
		case <-ctx.Done():
			return nil, &fault.Error{Kind: fault.UpstreamTimeout}
		}
	}}
	limit := func(o *cache.Options) { o.FetchTimeout = 8 * time.Second }
	fleetInBubble(t, 2, r, limit, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		go func() { // a holder that dies after a while
			for _, renewals := range []string{"0", "1", "2", "3", "4", "5", "6"} {
				_ = redis.Set("test:l2:{"+june().Key().String()+"}", "dead "+renewals+" foreground 0")
				time.Sleep(600 * time.Millisecond)
			}
		}()
		time.Sleep(10 * time.Millisecond)
		var callers sync.WaitGroup
		defer callers.Wait()
		callers.Go(func() {
			if _, err := caches[0].Get(t.Context(), june(), june().Key(), cache.Directives{}); fault.Of(err).Kind != fault.UpstreamTimeout {
				t.Errorf("got %v, want a timeout", err)
			}
		})
		time.Sleep(6 * time.Second)
		callers.Go(func() { wantStatus(t, get(t, caches[1], june()), "fwd=miss; collapsed") })
	})
}

// What Rocket refuses holds nothing back, and does not count when it fails next.
func TestRefusalsAreNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rocket{}
		r.fails(fault.UpstreamRejected, 404)
		metrics := prometheus.NewRegistry()
		o := options(r)
		o.Metrics = metrics
		c := open(t, o)
		send := func() cache.Response {
			a, _ := c.Get(t.Context(), june(), june().Key(), cache.Directives{})
			return a
		}
		for range 5 {
			send()
		}
		r.fails(fault.UpstreamError, 503)
		send()
		wantStatus(t, send(), "fwd=miss; fwd-status=503")
		if n := r.calls.Load(); n != 6 {
			t.Errorf("%d calls, want 6: a failure holds attempts back", n)
		}
		time.Sleep(time.Second)
		send()
		if n := r.calls.Load(); n != 7 {
			t.Errorf("%d calls, want 7: a first failure holds them back for a second", n)
		}
		for _, name := range []string{"leases_total", "collapsed_total"} {
			if n := testkit.Metric(t, metrics, name); n != 0 {
				t.Errorf("%s is %v without another replica", name, n)
			}
		}
	})
}

// While a caller waits, its leader loses the lease, and another replica restores what it has, which is stale. That is not what the caller
// waits for.
func TestARestoredEntryIsNotTheLeaders(t *testing.T) {
	briefly := func(o *cache.Options) { o.Policy.Closed = time.Minute }
	fleetInBubble(t, 2, returns(`[]`), briefly, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		entry, lease := "test:e2:{"+june().Key().String()+"}", "test:l2:{"+june().Key().String()+"}"
		get(t, caches[1], june())
		stored, err := redis.Get(entry)
		if err != nil {
			t.Fatal(err)
		}
		redis.FlushAll()
		time.Sleep(2 * time.Minute)
		_ = redis.Set(lease, "leader 0 foreground 0")
		var caller sync.WaitGroup
		caller.Go(func() { wantStatus(t, get(t, caches[0], june()), "fwd=miss; fwd-status=200; stored") })
		time.Sleep(500 * time.Millisecond)
		redis.Del(lease)
		_ = redis.Set(entry, stored)
		caller.Wait()
	})
}

// FLUSHALL takes the lease of a fetch that is under way. Its holder acquires it again, and the waiters go on waiting.
func TestAFlushDuringFetchesRepeatsNone(t *testing.T) {
	for after := 300 * time.Millisecond; after < 3500*time.Millisecond; after += 600 * time.Millisecond {
		r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
			time.Sleep(4 * time.Second)
			return []byte(`[]`), nil
		}}
		fleetInBubble(t, 3, r, unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
			time.AfterFunc(after, redis.FlushAll)
			var callers sync.WaitGroup
			for _, c := range caches {
				callers.Go(func() { get(t, c, june()) })
				time.Sleep(100 * time.Millisecond)
			}
			callers.Wait()
			if n := r.calls.Load(); n != 1 {
				t.Errorf("flushed after %s: %d calls, want 1", after, n)
			}
		})
	}
}
