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

// flood sends tokens with unpublished keys, from twice as many callers as may wait, until stop is called.
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
		if n := i.requests.Load(); n > most || n < most/2 {
			t.Errorf("%d requests, want about %d", n, most)
		}
	})
}

// An unreachable issuer does not get more requests because of it.
func TestAFloodWhileTheIssuerIsUnreachable(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.handle(unavailable)
		time.Sleep(auth.RefreshInterval + time.Minute)
		before := i.requests.Load()
		stop := flood(t, v)
		time.Sleep(2 * auth.MaxBackoff)
		stop()
		if n := i.requests.Load() - before; n > 3 {
			t.Errorf("%d requests in two backoffs", n)
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

// A bounded number of callers wait; further ones are refused at once.
func TestWaitersAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.handle(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
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
			t.Errorf("waiters were refused after %s", d)
		}
	})
}

// A caller is refused in time, however long the rate limit and the fetch take together.
func TestTheWaitIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		for range auth.FetchBurst {
			wantRefusal(t, v, newKey(t), "not known")
		}
		i.handle(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		if d := took(func() { wantRefusal(t, v, newKey(t), "not known") }); d != auth.MaxWait {
			t.Errorf("it waited %s", d)
		}
	})
}
