package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Every reason has a request that is refused for it.
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

func TestChallenge(t *testing.T) {
	for name, c := range map[string]struct {
		fault fault.Error
		want  string
	}{
		"no token": {fault.Error{Kind: fault.Unauthorized, Detail: "The request has no token."}, `Bearer realm="rocket-gateway"`},
		"a bad one": {
			fault.Error{Kind: fault.Unauthorized, Challenge: fault.ChallengeInvalidToken, Detail: "The token has expired."},
			`Bearer realm="rocket-gateway", error="invalid_token", error_description="The token has expired."`,
		},
		"what a description must not hold": {
			fault.Error{Kind: fault.Unauthorized, Challenge: fault.ChallengeInvalidToken, Detail: "a\"b\\c\r\nd\x7fé~ e"},
			`Bearer realm="rocket-gateway", error="invalid_token", error_description="abcd~ e"`,
		},
		"no other token helps": {fault.Error{Kind: fault.Forbidden, Detail: "customer_id is outside your profiles."}, ""},
		"no keys yet":          {fault.Error{Kind: fault.AuthUnavailable}, ""},
	} {
		if got := auth.Challenge(&c.fault); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestInsufficientScope(t *testing.T) {
	f := fault.Of(auth.InsufficientScope("cache:purge", "purging"))
	const detail = "The token lacks the scope cache:purge, which purging needs."
	const want = `Bearer realm="rocket-gateway", error="insufficient_scope", error_description="` + detail + `", scope="cache:purge"`
	if got := auth.Challenge(f); f.Kind != fault.Forbidden || f.Detail != detail || got != want {
		t.Errorf("%v, %s", f, got)
	}
}
