package cache_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// While Rocket is known not to respond, whatever is stale is served at once, with one refresh in the background if a probe is due.
func TestStaleIsServedAtOnceWhileRocketFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := slowly(`["one"]`)
		c := open(t, options(r))
		get(t, c, june())
		other := june()
		other.CustomerID = "other"
		get(t, c, other)
		time.Sleep(5*time.Minute + time.Second)
		r.failing.Store(true)
		serve := func(q *query.Query, d cache.Directives) {
			t.Helper()
			started := time.Now()
			a, err := c.Get(t.Context(), q, q.Key(), d)
			if err != nil || !strings.Contains(a.Status.String(), "; hit; ttl=-") || a.Status.Stale != cache.StalePaused {
				t.Errorf("%s (%s), %v", a.Status, a.Status.Stale, err)
			}
			if took := time.Since(started); took != 0 {
				t.Errorf("a stale entry took %s", took)
			}
		}
		for range 10 {
			serve(june(), cache.Directives{})
			serve(other, cache.Directives{})
			serve(june(), cache.Directives{NoCache: true})
		}
		synctest.Wait()
		if n := r.calls.Load(); n != 2 {
			t.Errorf("%d fetches, want the first two alone", n)
		}
		r.probe.Store(true)
		serve(june(), cache.Directives{})
		r.probe.Store(false)
		serve(other, cache.Directives{})
		synctest.Wait()
		if n := r.calls.Load(); n != 3 {
			t.Errorf("%d fetches, want one probe", n)
		}
		time.Sleep(2 * time.Second)
		r.failing.Store(false)
		if a := get(t, c, june()); !a.Status.Hit || a.Status.TTL < 0 {
			t.Errorf("after the probe: %s", a.Status)
		}
	})
}

// What is not cached is left to the breaker, which knows whether the host is down.
func TestColdQueriesGoToRocketWhileItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := returns(`[]`)
		r.failing.Store(true)
		wantStatus(t, get(t, open(t, options(r)), june()), "fwd=miss; fwd-status=200; stored")
	})
}

// A replica that refuses to send a query, for the sake of its own breaker or queue, leaves it to the others.
func TestAnotherReplicaSendsWhatOneRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		defer redis.Close()
		refuses := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
			time.Sleep(time.Second)
			return nil, &fault.Error{Kind: fault.UpstreamUnavailable, Reason: "breaker"}
		}}
		one, _ := inBubble(t, refuses, redis)
		two, _ := inBubble(t, returns(`["two"]`), redis)
		failed := make(chan error)
		go func() {
			_, err := one.Get(context.Background(), june(), june().Key(), cache.Directives{})
			failed <- err
		}()
		time.Sleep(100 * time.Millisecond)
		a := get(t, two, june())
		if string(a.Entry.Body) != `["two"]` || fault.Of(<-failed).Kind != fault.UpstreamUnavailable {
			t.Errorf("%s %s", a.Status, a.Entry.Body)
		}
	})
}

// Fresh entries in memory never wait for a Redis that hangs; one that may not be the newest waits hardly.
func TestFreshCopiesDoNotWaitForRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-08-18T09:00:00Z")
		redis := newModelRedis()
		defer redis.Close()
		c, way := inBubble(t, returns(`[]`), redis)
		get(t, c, june())
		took := func() time.Duration {
			started := time.Now()
			wantHit(t, get(t, c, june()))
			return time.Since(started)
		}
		took() // it is compared with Redis once: the entry came after the subscription
		way.commands.set(false, true)
		for range 100 {
			if d := took(); d != 0 {
				t.Fatalf("a hit waited %s", d)
			}
			time.Sleep(200 * time.Millisecond)
		}
		way.connect(false, false)
		time.Sleep(time.Minute)
		way.messages.set(true, false) // a subscription that begins anew may have missed a message
		way.messages.set(false, false)
		time.Sleep(10 * time.Second)
		way.commands.set(false, true)
		if d := took(); d > 100*time.Millisecond {
			t.Errorf("a hit waited %s", d)
		}
		way.connect(false, false)
	})
}

func wantHit(t *testing.T, a cache.Response) {
	t.Helper()
	if !a.Status.Hit || a.Status.TTL < 0 {
		t.Errorf("%s, want a fresh hit", a.Status)
	}
}

// The caller's whole wait ends with FetchTimeout, whatever Redis does.
func TestWaitForRedisIsPartOfTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		defer redis.Close()
		hangs := &rocket{respond: func(ctx context.Context, _ *query.Query) ([]byte, error) {
			<-ctx.Done()
			return nil, &fault.Error{Kind: fault.UpstreamTimeout}
		}}
		c, way := inBubble(t, hangs, redis, func(o *cache.Options) { o.FetchTimeout = 2 * time.Second })
		way.commands.set(false, true)
		started := time.Now()
		_, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{})
		if took := time.Since(started); fault.Of(err).Kind != fault.UpstreamTimeout || took > 2500*time.Millisecond {
			t.Errorf("%v after %s", err, took)
		}
		way.connect(false, false)
	})
}
