package auth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// story is a scenario with an issuer and its verifier.
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
