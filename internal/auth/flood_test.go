package auth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// flood lets twice as many callers as there are places to wait come with keys that nobody publishes, until stop is called.
func flood(t *testing.T, v *auth.Verifier) (stop func()) {
	t.Helper()
	header := []string{"Bearer " + noKeyAt(t)}
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 2 * auth.MaxWaiters {
		callers.Go(func() {
			for ctx.Err() == nil {
				if _, err := v.Verify(ctx, header); err == nil {
					t.Error("a made-up key passed")
				}
				time.Sleep(time.Second)
			}
		})
	}
	return func() {
		cancel()
		callers.Wait()
	}
}

func TestAFloodOfUnknownKeys(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		known := oldKey(t)
		stop := flood(t, v)
		const seconds = 15
		for range seconds {
			time.Sleep(time.Second)
			if d := took(func() { wantCaller(t, v, known) }); d != 0 {
				t.Errorf("a known key waited %s", d)
			}
		}
		stop()
		most := 2 + auth.FetchBurst + int64(seconds*time.Second/auth.FetchInterval)
		if n := i.asked.Load(); n > most || n < most/2 {
			t.Errorf("the issuer was asked %d times, want about %d", n, most)
		}
	})
}

// An issuer that is away is not asked more often because of it.
func TestAFloodWhileTheIssuerIsAway(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.does(unavailable)
		time.Sleep(auth.RefreshInterval + time.Minute)
		before := i.asked.Load()
		stop := flood(t, v)
		time.Sleep(2 * auth.MaxBackoff)
		stop()
		if n := i.asked.Load() - before; n > 3 {
			t.Errorf("it was asked %d times, and is away for two pauses", n)
		}
	})
}

// In the middle of such a flood a new key is accepted all the same.
func TestRotationDuringAFlood(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		stop := flood(t, v)
		time.Sleep(15 * time.Second)
		i.publish(t, jwk(t, "new", edKey()))
		time.Sleep(auth.FetchInterval)
		synctest.Wait()
		if d := took(func() { wantCaller(t, v, newKey(t)) }); d != 0 {
			t.Errorf("it waited %s", d)
		}
		stop()
	})
}

// Only so many callers wait; the others are told at once.
func TestThePlacesToWaitAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.does(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		token := newKey(t)
		var callers sync.WaitGroup
		for range auth.MaxWaiters {
			callers.Go(func() { _, _ = verify(t, v, token) })
		}
		synctest.Wait()
		if d := took(func() { wantRefusal(t, v, token, "not known") }); d != 0 {
			t.Errorf("one more waited %s", d)
		}
		if d := took(func() { wantCaller(t, v, oldKey(t)) }); d != 0 {
			t.Errorf("a known key waited %s", d)
		}
		if d := took(callers.Wait); d != auth.MaxWait {
			t.Errorf("those who wait were told after %s", d)
		}
	})
}

// However long the turn and the fetch take together, a caller is told in time.
func TestTheWaitIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		for range auth.FetchBurst {
			wantRefusal(t, v, newKey(t), "not known")
		}
		i.does(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		if d := took(func() { wantRefusal(t, v, newKey(t), "not known") }); d != auth.MaxWait {
			t.Errorf("it waited %s", d)
		}
	})
}
