package auth_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

func TestANewKeyIsAcceptedAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		wantCaller(t, v, oldKey(t))
		i.publish(t, jwk(t, "old", p256Key()), jwk(t, "new", edKey()))
		if d := took(func() { wantCaller(t, v, newKey(t)) }); d != 0 {
			t.Errorf("it took %s", d)
		}
		wantCaller(t, v, oldKey(t))
		if n := i.requests.Load(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

// Three rotations in a row are quick; then the rate limit applies.
func TestManyRotations(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		for n := range 8 {
			id := fmt.Sprint("k", n)
			i.publish(t, jwk(t, id, p256Key()))
			d := took(func() { wantCaller(t, v, sign(t, "ES256", p256Key(), m{"kid": id}, valid(time.Now()))) })
			if d > auth.FetchInterval || n < auth.FetchBurst && d > 0 {
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
		time.Sleep(auth.RefreshInterval - time.Nanosecond)
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
		time.Sleep(auth.RefreshInterval)
		synctest.Wait()
		wantCaller(t, v, token)
		if n != 1 {
			t.Errorf("verified %d times", n)
		}
		i.publish(t, jwk(t, "old", p256Key()))
		time.Sleep(auth.RefreshInterval)
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

// A caller that arrives during a fetch, which may have begun before the key was published, waits for the next one too.
func TestAKeyPublishedDuringAFetch(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		before := *i.set.Load()
		i.handle(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			_, _ = w.Write([]byte(before))
		})
		time.Sleep(auth.RefreshInterval) // the fetch begins
		synctest.Wait()
		i.publish(t, jwk(t, "new", edKey()))
		i.handle(nil)
		wantCaller(t, v, newKey(t))
	})
}

// If that fetch finds the key, there is no other.
func TestAKeyThatAFetchInProgressFinds(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.handle(func(w http.ResponseWriter, _ *http.Request) {
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
		time.Sleep(2 * auth.FetchInterval)
		if n := i.requests.Load(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

// Nor if the fetch ends just after a caller has looked for the key in vain.
func TestAKeyThatIsFoundRightAfterTheLookup(t *testing.T) {
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.publish(t, jwk(t, "old", p256Key()), jwk(t, "new", edKey()))
		auth.Await(t.Context(), v, func(keys int) bool {
			if keys == 1 {
				wantCaller(t, v, newKey(t)) // whose fetch brings the key
			}
			return keys == 2
		})
		time.Sleep(2 * auth.FetchInterval)
		if n := i.requests.Load(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}
