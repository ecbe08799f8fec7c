package auth_test

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

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
