package auth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/published"
)

func TestIssuerUnreachableAtStart(t *testing.T) {
	startWith(t, func(i *issuer) { i.handle(unavailable) }, func(t *testing.T, i *issuer, v *auth.Verifier) {
		began := time.Now()
		for n, seconds := range []int{0, 1, 3, 7, 15, 25, 35} {
			at := began.Add(time.Duration(seconds) * time.Second)
			time.Sleep(time.Until(at.Add(-1)))
			if got := i.requests.Load(); n > 0 && int(got) != n {
				t.Errorf("before %d s: got %d requests, want %d", seconds, got, n)
			}
			time.Sleep(time.Until(at))
			synctest.Wait()
			if got := i.requests.Load(); int(got) != n+1 {
				t.Errorf("after %d s: got %d requests, want %d", seconds, got, n+1)
			}
			wantUnavailable(t, v, oldKey(t), time.Second, auth.MaxBackoff)
		}
		wantRefusal(t, v, "no.token.", "malformed") // known without keys
		i.handle(nil)
		if d := took(func() { _ = v.AwaitReady(t.Context()) }); d > auth.MaxBackoff {
			t.Errorf("ready after %s", d)
		}
		wantCaller(t, v, oldKey(t))
		if !v.Ready() {
			t.Error("not ready")
		}
	})
}

func TestAwaitReadyGivesUp(t *testing.T) {
	startWith(t, func(i *issuer) { i.handle(unavailable) }, func(t *testing.T, _ *issuer, v *auth.Verifier) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := v.AwaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeysAreKeptWhileTheIssuerIsUnreachable(t *testing.T) {
	for what, failure := range map[string]http.HandlerFunc{
		"it fails":  unavailable,
		"it hangs":  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"not found": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"HTML":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"error":"x"}`)) },
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
				synctest.Wait()
				i.handle(failure)
				for range 4 {
					time.Sleep(time.Hour)
					if d := took(func() { wantCaller(t, v, oldKey(t)) }); d != 0 || !v.Ready() {
						t.Errorf("a known key waited %s, ready: %v", d, v.Ready())
					}
					if d := took(func() { wantRefusal(t, v, newKey(t), "not known") }); d != 0 {
						t.Errorf("an unknown one waited %s for an issuer that is unreachable", d)
					}
				}
				i.handle(nil)
				i.publish(t, jwk(t, "new", edKey()))
				time.Sleep(auth.MaxBackoff + published.Timeout)
				synctest.Wait()
				wantCaller(t, v, newKey(t))
			})
		})
	}
}

// A set without keys replaces another, but is an error at the start.
func TestAnEmptySet(t *testing.T) {
	startWith(t, publishing(t), func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		wantUnavailable(t, v, oldKey(t), time.Second, time.Second)
		i.publish(t, jwk(t, "old", p256Key()))
		time.Sleep(auth.MaxBackoff)
		wantCaller(t, v, oldKey(t))
		i.publish(t)
		time.Sleep(auth.RefreshInterval)
		synctest.Wait()
		wantRefusal(t, v, oldKey(t), "not known")
		if !v.Ready() {
			t.Error("not ready")
		}
	})
}

func TestContextOfTheCallerEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.handle(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d := took(func() {
			if _, err := v.Verify(ctx, []string{"Bearer " + newKey(t)}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		if d != time.Second {
			t.Errorf("it took %s", d)
		}
	})
}

// Close ends a fetch in progress and its waiters.
func TestClose(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.handle(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		token := newKey(t)
		done := make(chan time.Duration)
		go func() { done <- took(func() { _, _ = verify(t, v, token) }) }()
		synctest.Wait()
		if d := took(v.Close); d != 0 {
			t.Errorf("Close took %s", d)
		}
		if d := <-done; d != 0 {
			t.Errorf("the caller waited %s", d)
		}
	})
}
