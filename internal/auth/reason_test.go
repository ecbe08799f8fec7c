package auth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Every reason that metrics tell has a token, or the lack of one, that is refused for it.
func TestReasons(t *testing.T) {
	issuerOnly := func(o *auth.Options) { o.Issuer = "https://login.example.com" }
	forMe := func(o *auth.Options) { o.Audience = "costs" }
	v := verifier(t, shared, issuerOnly, forMe)
	ours := valid(today).with(m{"aud": "costs"})
	seen := map[string]bool{"no-keys": true, "unknown-key": true} // TestKeysRead has them
	for want, authorization := range map[string][]string{
		"no-token":      nil,
		"malformed":     {"Bearer x"},
		"algorithm":     {"Bearer " + sign(t, "ES256", p256Key(), nil, ours)},
		"signature":     {"Bearer " + otherSignature(hs256(t, ours))},
		"expired":       {"Bearer " + hs256(t, ours.with(m{"exp": 0}))},
		"not-yet-valid": {"Bearer " + hs256(t, ours.with(m{"nbf": today.Add(time.Hour).Unix()}))},
		"issuer":        {"Bearer " + hs256(t, ours.with(m{"iss": "https://else.example.com"}))},
		"audience":      {"Bearer " + hs256(t, ours.with(m{"aud": "else"}))},
	} {
		seen[want] = true
		_, err := v.Verify(t.Context(), authorization)
		if got := reason(err); got != want {
			t.Errorf("got %q, want %q: %v", got, want, err)
		}
	}
	for _, r := range auth.Reasons() {
		if !seen[r] {
			t.Errorf("nothing is refused for the reason %q", r)
		}
	}
	if len(seen) != len(auth.Reasons()) {
		t.Errorf("of %v some are no reasons: %v", seen, auth.Reasons())
	}
}

func reason(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Reason
}

// KeysRead tells of the last time that the issuer gave its keys: not of the last try.
func TestKeysRead(t *testing.T) {
	startWith(t, func(i *issuer) { i.does(unavailable) }, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		if at, published := v.KeysRead(); !at.IsZero() || !published {
			t.Errorf("before the issuer answers: %s, %v", at, published)
		}
		if _, err := verify(t, v, oldKey(t)); reason(err) != "no-keys" {
			t.Errorf("got %v", err)
		}
		i.does(nil)
		_ = v.AwaitReady(t.Context())
		synctest.Wait()
		first := time.Now()
		if at, _ := v.KeysRead(); !at.Equal(first) {
			t.Errorf("%s, want %s", at, first)
		}
		if _, err := verify(t, v, newKey(t)); reason(err) != "unknown-key" {
			t.Errorf("got %v", err)
		}
		time.Sleep(auth.RefreshEvery)
		synctest.Wait()
		second, _ := v.KeysRead()
		if !second.After(first) {
			t.Errorf("still %s after it gave them again", second)
		}
		i.does(unavailable)
		time.Sleep(2 * auth.RefreshEvery)
		synctest.Wait()
		if at, _ := v.KeysRead(); !at.Equal(second) {
			t.Errorf("%s, but the issuer is away since %s", at, second)
		}
	})
}

func TestKeysThatNobodyPublishes(t *testing.T) {
	if at, published := verifier(t, shared).KeysRead(); !at.IsZero() || published {
		t.Errorf("%s, %v", at, published)
	}
}
