package upstream

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// full is a limiter whose two places are taken.
func full(t *testing.T, wait time.Duration) *limiter {
	t.Helper()
	l := newLimiter(2, wait)
	for range 2 {
		if err := l.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestLimiterGivesUpAfterQueueWait(t *testing.T) {
	for _, wait := range []time.Duration{0, 10 * time.Millisecond, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			l, begun := full(t, wait), time.Now()
			e := fault.Of(l.enter(t.Context()))
			if e.Kind != fault.UpstreamUnavailable || e.Status != 0 || e.RetryAfter < time.Second || time.Since(begun) != wait {
				t.Errorf("got %v after %s, to be tried again in %s", e, time.Since(begun), e.RetryAfter)
			}
		})
	}
}

func TestLimiterHeedsTheContext(t *testing.T) {
	const life = time.Second
	ends := map[string]func(context.Context) (context.Context, context.CancelFunc){
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, life) },
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(life, cancel)
			return ctx, cancel
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := end(t.Context())
				defer cancel()
				l, begun := full(t, 5*time.Second), time.Now()
				wantTimeout(t, l.enter(ctx), begun, life)
			})
		})
	}
}

func TestLimiterHandsAPlaceOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, begun := full(t, 5*time.Second), time.Now()
		time.AfterFunc(2*time.Second, l.leave)
		if err := l.enter(t.Context()); err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}

func TestLimiterKeepsNoPlaceForWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := full(t, time.Second)
		for range 5 {
			_ = l.enter(t.Context())
		}
		l.leave()
		l.leave()
		for range 2 {
			if err := l.enter(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
