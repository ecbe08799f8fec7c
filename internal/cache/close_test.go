package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// lasting responds once the time has passed, unless the fetch is aborted before.
func lasting(d time.Duration, body string) *rocket {
	return &rocket{respond: func(ctx context.Context, _ *query.Query) ([]byte, error) {
		select {
		case <-time.After(d):
			return []byte(body), nil
		case <-ctx.Done():
			return nil, &fault.Error{Kind: fault.UpstreamTimeout, Cause: ctx.Err()}
		}
	}}
}

func closing(c *cache.Cache, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.Close(ctx)
}

// together runs a story of two replicas on one Redis: the first fetches, callers of both wait.
func together(t *testing.T, r *rocket, story func(first *cache.Cache, failure <-chan error, elsewhere <-chan cache.Response)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		first, _ := inBubble(t, r, redis)
		second, _ := inBubble(t, r, redis)
		failure, elsewhere := make(chan error, 1), make(chan cache.Response, 1)
		var callers sync.WaitGroup
		callers.Go(func() {
			_, err := first.Get(context.Background(), june(), june().Key(), cache.Directives{})
			failure <- err
		})
		time.Sleep(100 * time.Millisecond)
		callers.Go(func() { elsewhere <- get(t, second, june()) })
		time.Sleep(100 * time.Millisecond)
		story(first, failure, elsewhere)
		callers.Wait()
	})
}

func TestCloseWaitsForAFetchAndStoresIt(t *testing.T) {
	r := lasting(5*time.Second, `["one"]`)
	together(t, r, func(first *cache.Cache, failure <-chan error, elsewhere <-chan cache.Response) {
		if err := closing(first, 10*time.Second); err != nil {
			t.Error(err)
		}
		if err := <-failure; err != nil {
			t.Error(err)
		}
		wantStatus(t, <-elsewhere, "fwd=miss; collapsed")
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

// The lease of a fetch that does not end in time is released: a waiter elsewhere fetches at once, not after the end of the lease.
func TestCloseReleasesTheLeaseOfALateFetch(t *testing.T) {
	r := lasting(5*time.Second, `["one"]`)
	together(t, r, func(first *cache.Cache, failure <-chan error, elsewhere <-chan cache.Response) {
		begun := time.Now()
		if err := closing(first, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close returned %v", err)
		}
		if took := time.Since(begun); took > 1100*time.Millisecond {
			t.Errorf("Close took %s", took)
		}
		if f := fault.Of(<-failure); f.Kind != fault.UpstreamUnavailable || f.RetryAfter != time.Second {
			t.Errorf("the waiter here got %v", f)
		}
		wantStatus(t, <-elsewhere, "fwd=miss; fwd-status=200; stored")
		if took := time.Since(begun); took > 6200*time.Millisecond {
			t.Errorf("the other replica responded after %s, want a second and the five of its own fetch", took)
		}
		if n := r.calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// A replica that only waits for another's fetch ends too, and leaves that one alone.
func TestCloseAbortsTheWaitForAnotherReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		r := lasting(5*time.Second, `["one"]`)
		holder, _ := inBubble(t, r, redis)
		waiter, _ := inBubble(t, r, redis)
		var callers sync.WaitGroup
		callers.Go(func() { wantStatus(t, get(t, holder, june()), "fwd=miss; fwd-status=200; stored") })
		time.Sleep(100 * time.Millisecond)
		callers.Go(func() {
			_, err := waiter.Get(context.Background(), june(), june().Key(), cache.Directives{})
			if fault.Of(err).Kind != fault.UpstreamUnavailable {
				t.Errorf("the waiter got %v", err)
			}
		})
		time.Sleep(100 * time.Millisecond)
		if err := closing(waiter, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close returned %v", err)
		}
		callers.Wait()
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

// A caller gets the stale entry when the fetch is aborted, and a refresh without a caller is aborted alike.
func TestCloseServesStaleEntries(t *testing.T) {
	for _, tt := range []struct {
		name   string
		d      cache.Directives
		status string
	}{
		{"refresh in the background", cache.Directives{}, "hit; ttl=-60; detail=memory"},
		{"refresh before the response", cache.Directives{NoCache: true}, "fwd=request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-06-18T09:00:00Z")
				r := returns(`["old"]`)
				o := options(r)
				o.Policy.StaleWhileRevalidate, o.FetchTimeout = time.Hour, time.Minute
				c := open(t, o)
				get(t, c, june())
				time.Sleep(6 * time.Minute)
				r.respond = lasting(30*time.Second, `["new"]`).respond
				var callers sync.WaitGroup
				callers.Go(func() {
					a, err := c.Get(context.Background(), june(), june().Key(), tt.d)
					if err != nil || string(a.Entry.Body) != `["old"]` || a.Status.String() != "rocket-gateway; "+tt.status {
						t.Errorf("%v, %s", err, a.Status)
					}
				})
				time.Sleep(100 * time.Millisecond)
				begun := time.Now()
				if err := closing(c, time.Second); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Close returned %v", err)
				}
				if took := time.Since(begun); took > 1100*time.Millisecond {
					t.Errorf("Close took %s", took)
				}
				callers.Wait()
			})
		})
	}
}

// An origin that does not heed its context cannot hold Close either.
func TestCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := cache.New(options(&rocket{respond: after(time.Hour, `[]`)}))
		if err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		callers.Go(func() { _, _ = c.Get(context.Background(), june(), june().Key(), cache.Directives{}) })
		synctest.Wait()
		begun := time.Now()
		if err := closing(c, time.Second); err == nil {
			t.Error("Close returned no error for the fetch")
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("Close took %s", took)
		}
		callers.Wait()
		if err := closing(c, time.Hour); err != nil {
			t.Error(err)
		}
	})
}
