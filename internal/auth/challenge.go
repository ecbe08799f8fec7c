package auth

import (
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Challenge is the value of the WWW-Authenticate field of a refusal: how to authenticate, or what a token lacks (RFC 6750, 3).
// It is empty for a failure that no other token would mend.
func Challenge(f *fault.Error) string {
	if f.Kind != fault.Unauthorized && f.Challenge == "" {
		return ""
	}
	value := `Bearer realm="rocket-gateway"`
	if f.Challenge != "" {
		value += `, error="` + f.Challenge + `", error_description="` + strings.Map(quotable, f.Detail) + `"`
	}
	if f.Scope != "" {
		value += `, scope="` + f.Scope + `"`
	}
	return value
}

// Lacks refuses a token that does not grant the scope; purpose is what asks for it.
func Lacks(scope, purpose string) error {
	return &fault.Error{
		Kind: fault.Forbidden, Detail: "The token lacks the scope " + scope + ", which " + purpose + " asks for.",
		Challenge: fault.ChallengeInsufficientScope, Scope: scope,
	}
}

// quotable leaves out what an error_description must not hold.
func quotable(r rune) rune {
	if r < ' ' || r > '~' || r == '"' || r == '\\' {
		return -1
	}
	return r
}
