package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var errPoor = errors.New("no more")

// purse admits so many times.
func purse(n int32) (admit func(context.Context) error, left *atomic.Int32) {
	left = new(atomic.Int32)
	left.Store(n)
	return func(context.Context) error {
		if left.Add(-1) < 0 {
			return errPoor
		}
		return nil
	}, left
}

func TestOnlyWhatReachesRocketIsPaidFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		c := open(t, revalidating(slowly(`["one"]`)))
		admit, left := purse(1)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{Admit: admit}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, wait := range []time.Duration{0, time.Minute, 6 * time.Minute} { // a hit, a hit, stale with a refresh in the background
			time.Sleep(wait)
			if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{Admit: admit}); err != nil {
				t.Errorf("after %s: %v", wait, err)
			}
			synctest.Wait()
		}
		if left.Load() != 0 {
			t.Errorf("%d left", left.Load())
		}
	})
}

func TestAnUnadmittedCallerGetsTheStaleEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		c := open(t, revalidating(r))
		poor, _ := purse(0)
		if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{Admit: poor}); !errors.Is(err, errPoor) {
			t.Errorf("nothing there: %v", err)
		}
		get(t, c, june())
		time.Sleep(20 * time.Minute)
		a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{Admit: poor})
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, a, "hit; ttl=-900; detail=memory")
		if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{Admit: poor, NoCache: true}); !errors.Is(err, errPoor) {
			t.Errorf("no-cache: %v", err)
		}
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

// The waiters of a leader that is not admitted fetch on their own account.
func TestARefusedLeaderDoesNotAffectItsWaiters(t *testing.T) {
	server := testkit.StartRedis(t)
	r := &rocket{respond: after(50*time.Millisecond, `["one"]`)}
	caches := replicas(t, 2, r, server)
	var refused, served atomic.Int32
	var all sync.WaitGroup
	slowlyPoor := func(context.Context) error {
		time.Sleep(100 * time.Millisecond)
		return errPoor
	}
	for i, c := range caches {
		for n := range 10 {
			admit := slowlyPoor
			if i == 1 && n == 9 {
				admit = nil
			}
			all.Go(func() {
				_, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{Admit: admit})
				switch {
				case err == nil:
					served.Add(1)
				case errors.Is(err, errPoor):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if r.calls.Load() != 1 || served.Load() == 0 || served.Load()+refused.Load() != 20 {
		t.Errorf("%d calls, %d served, %d refused", r.calls.Load(), served.Load(), refused.Load())
	}
}
