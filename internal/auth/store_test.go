package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// story is what happens between an issuer and its verifier.
type story func(t *testing.T, i *issuer, v *auth.Verifier)

// inBubble runs a story in virtual time. The issuer publishes one key.
func inBubble(t *testing.T, happens story, change ...func(*auth.Options)) {
	t.Helper()
	startWith(t, func(*issuer) {}, happens, change...)
}

// startWith is inBubble with something else to find at the issuer from the start.
func startWith(t *testing.T, prepare func(*issuer), happens story, change ...func(*auth.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, jwk(t, "old", p256Key()))
		prepare(i)
		o := options(append([]func(*auth.Options){func(o *auth.Options) { o.JWKSURL, o.Now = i.url, time.Now }}, change...)...)
		v, err := auth.NewOver(o, i)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		happens(t, i, v)
	})
}

// publishing is an issuer that has these keys from the start.
func publishing(t *testing.T, keys ...m) func(*issuer) {
	t.Helper()
	return func(i *issuer) { i.publish(t, keys...) }
}

func oldKey(t *testing.T) string {
	return sign(t, "ES256", p256Key(), m{"kid": "old"}, valid(time.Now()))
}
func newKey(t *testing.T) string {
	return sign(t, "EdDSA", edKey(), m{"kid": "new"}, valid(time.Now()))
}
func noKeyAt(t *testing.T) string {
	return sign(t, "ES384", p384Key(), m{"kid": "made up"}, valid(time.Now()))
}

// took is how long f takes in virtual time.
func took(f func()) time.Duration {
	started := time.Now()
	f()
	return time.Since(started)
}

func wantUnavailable(t *testing.T, v *auth.Verifier, token string, least, most time.Duration) {
	t.Helper()
	_, err := verify(t, v, token)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.AuthUnavailable || f.RetryAfter < least || f.RetryAfter > most {
		t.Errorf("got %v, want auth-unavailable with a retry after %s to %s", err, least, most)
	}
	if v.Ready() {
		t.Error("ready without keys")
	}
}

func TestANewKeyIsAcceptedAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		wantCaller(t, v, oldKey(t))
		i.publish(t, jwk(t, "old", p256Key()), jwk(t, "new", edKey()))
		if d := took(func() { wantCaller(t, v, newKey(t)) }); d != 0 {
			t.Errorf("it took %s", d)
		}
		wantCaller(t, v, oldKey(t))
		if n := i.asked.Load(); n != 2 {
			t.Errorf("the issuer was asked %d times, want 2", n)
		}
	})
}

// Three rotations in a row are quick; then the allowance is used up, and the next one takes its turn.
func TestManyRotations(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		for n := range 8 {
			id := fmt.Sprint("k", n)
			i.publish(t, jwk(t, id, p256Key()))
			d := took(func() { wantCaller(t, v, sign(t, "ES256", p256Key(), m{"kid": id}, valid(time.Now()))) })
			if d > auth.Interval || n < auth.Burst && d > 0 {
				t.Errorf("rotation %d took %s", n, d)
			}
		}
	})
}

func TestAWithdrawnKeyIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		token := oldKey(t)
		wantCaller(t, v, token)
		i.publish(t, jwk(t, "new", edKey()))
		time.Sleep(auth.RefreshEvery - time.Nanosecond)
		wantCaller(t, v, token)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		wantRefusal(t, v, token, "not known") // though it was in the memo
		wantCaller(t, v, newKey(t))
	})
}

func TestTheSameKeysLeaveTheMemoAsItIs(t *testing.T) {
	var n reads
	both := publishing(t, jwk(t, "old", p256Key()), jwk(t, "new", edKey()))
	startWith(t, both, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		token := oldKey(t)
		wantCaller(t, v, token)
		i.publish(t, jwk(t, "new", edKey(), m{"x-note": "again"}), jwk(t, "old", p256Key()))
		time.Sleep(auth.RefreshEvery)
		synctest.Wait()
		wantCaller(t, v, token)
		if n != 1 {
			t.Errorf("verified %d times", n)
		}
		i.publish(t, jwk(t, "old", p256Key()))
		time.Sleep(auth.RefreshEvery)
		synctest.Wait()
		wantCaller(t, v, token)
		if n != 2 {
			t.Errorf("verified %d times, want once more with another set", n)
		}
	}, n.option)
}

// A key that is replaced under its name, or has none, is noticed by a signature that fails.
func TestAKeyReplacedUnderItsName(t *testing.T) {
	for _, id := range []string{"k", ""} {
		startWith(t, publishing(t, jwk(t, id, makeEC(p256Key().Curve))), func(t *testing.T, i *issuer, v *auth.Verifier) {
			synctest.Wait()
			i.publish(t, jwk(t, id, p256Key()))
			header := m{"kid": id}
			token := sign(t, "ES256", p256Key(), header, valid(time.Now()))
			if d := took(func() { wantRefusal(t, v, token, "signature") }); d != 0 {
				t.Errorf("a token with a known key waited %s", d)
			}
			synctest.Wait()
			wantCaller(t, v, token)
		})
	}
}

func TestTheIssuerIsDownAtTheStart(t *testing.T) {
	startWith(t, func(i *issuer) { i.does(unavailable) }, func(t *testing.T, i *issuer, v *auth.Verifier) {
		began := time.Now()
		for n, seconds := range []int{0, 1, 3, 7, 15, 25, 35} {
			at := began.Add(time.Duration(seconds) * time.Second)
			time.Sleep(time.Until(at.Add(-1)))
			if got := i.asked.Load(); n > 0 && int(got) != n {
				t.Errorf("before %d s: asked %d times, want %d", seconds, got, n)
			}
			time.Sleep(time.Until(at))
			synctest.Wait()
			if got := i.asked.Load(); int(got) != n+1 {
				t.Errorf("after %d s: asked %d times, want %d", seconds, got, n+1)
			}
			wantUnavailable(t, v, oldKey(t), time.Second, auth.LongestPause)
		}
		wantRefusal(t, v, "no.token.", "malformed") // known without keys
		i.does(nil)
		if d := took(func() { _ = v.AwaitReady(t.Context()) }); d > auth.LongestPause {
			t.Errorf("ready after %s", d)
		}
		wantCaller(t, v, oldKey(t))
		if !v.Ready() {
			t.Error("not ready")
		}
	})
}

func TestAwaitReadyGivesUp(t *testing.T) {
	startWith(t, func(i *issuer) { i.does(unavailable) }, func(t *testing.T, _ *issuer, v *auth.Verifier) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := v.AwaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeysAreKeptWhileTheIssuerIsAway(t *testing.T) {
	for what, trouble := range map[string]http.HandlerFunc{
		"it fails":    unavailable,
		"it hangs":    func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"it says no":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"it chatters": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys":     func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"error":"x"}`)) },
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
				synctest.Wait()
				i.does(trouble)
				for range 4 {
					time.Sleep(time.Hour)
					if d := took(func() { wantCaller(t, v, oldKey(t)) }); d != 0 || !v.Ready() {
						t.Errorf("a known key waited %s, ready: %v", d, v.Ready())
					}
					if d := took(func() { wantRefusal(t, v, newKey(t), "not known") }); d != 0 {
						t.Errorf("an unknown one waited %s for an issuer that is away", d)
					}
				}
				i.does(nil)
				i.publish(t, jwk(t, "new", edKey()))
				time.Sleep(auth.LongestPause + auth.FetchTimeout)
				synctest.Wait()
				wantCaller(t, v, newKey(t))
			})
		})
	}
}

// An issuer that publishes no keys any more is taken at its word, but not at the start.
func TestAnEmptySet(t *testing.T) {
	startWith(t, publishing(t), func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		wantUnavailable(t, v, oldKey(t), time.Second, time.Second)
		i.publish(t, jwk(t, "old", p256Key()))
		time.Sleep(auth.LongestPause)
		wantCaller(t, v, oldKey(t))
		i.publish(t)
		time.Sleep(auth.RefreshEvery)
		synctest.Wait()
		wantRefusal(t, v, oldKey(t), "not known")
		if !v.Ready() {
			t.Error("not ready")
		}
	})
}

// flood lets twice as many callers as there are places to wait come with keys that nobody publishes, until stop is called.
func flood(t *testing.T, v *auth.Verifier) (stop func()) {
	t.Helper()
	header := []string{"Bearer " + noKeyAt(t)}
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 2 * auth.MaxWaiting {
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
		const seconds = 30
		for range seconds {
			time.Sleep(time.Second)
			if d := took(func() { wantCaller(t, v, known) }); d != 0 {
				t.Errorf("a known key waited %s", d)
			}
		}
		stop()
		most := 2 + auth.Burst + int64(seconds*time.Second/auth.Interval)
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
		time.Sleep(auth.RefreshEvery + time.Minute)
		before := i.asked.Load()
		stop := flood(t, v)
		time.Sleep(6 * auth.LongestPause)
		stop()
		if n := i.asked.Load() - before; n > 7 {
			t.Errorf("it was asked %d times in a minute", n)
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
		time.Sleep(auth.Interval)
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
		for range auth.MaxWaiting {
			callers.Go(func() { _, _ = verify(t, v, token) })
		}
		synctest.Wait()
		if d := took(func() { wantRefusal(t, v, token, "not known") }); d != 0 {
			t.Errorf("one more waited %s", d)
		}
		if d := took(func() { wantCaller(t, v, oldKey(t)) }); d != 0 {
			t.Errorf("a known key waited %s", d)
		}
		if d := took(callers.Wait); d != auth.LongestWait {
			t.Errorf("those who wait were told after %s", d)
		}
	})
}

// However long the turn and the fetch take together, a caller is told in time.
func TestTheWaitIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		for range auth.Burst {
			wantRefusal(t, v, newKey(t), "not known")
		}
		i.does(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		if d := took(func() { wantRefusal(t, v, newKey(t), "not known") }); d != auth.LongestWait {
			t.Errorf("it waited %s", d)
		}
	})
}

// A caller who comes while a fetch is under way, which may have begun before the key was published, sees the next one too.
func TestAKeyPublishedDuringAFetch(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		before := *i.set.Load()
		i.does(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			_, _ = w.Write([]byte(before))
		})
		time.Sleep(auth.RefreshEvery) // the fetch begins
		synctest.Wait()
		i.publish(t, jwk(t, "new", edKey()))
		i.does(nil)
		wantCaller(t, v, newKey(t))
	})
}

// Where that fetch brings the key already, there is no other.
func TestAKeyThatAFetchUnderWayBrings(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.does(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			_, _ = w.Write([]byte(*i.set.Load()))
		})
		i.publish(t, jwk(t, "new", edKey()))
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() { wantCaller(t, v, newKey(t)) })
			time.Sleep(50 * time.Millisecond)
		}
		callers.Wait()
		time.Sleep(2 * auth.Interval)
		if n := i.asked.Load(); n != 2 {
			t.Errorf("the issuer was asked %d times, want 2", n)
		}
	})
}

func TestACallerWhoGoesAway(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.does(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
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

// Close ends a fetch under way, and those who wait for it.
func TestClose(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.does(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
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
