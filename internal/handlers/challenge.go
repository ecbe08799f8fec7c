package handlers

import (
	"net/http"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// challenge says how to authenticate, or what a token lacks (RFC 6750, 3). A 403 that no other token would mend has none.
func challenge(h http.Header, f *fault.Error) {
	if f.Kind != fault.Unauthorized && f.Challenge == "" {
		return
	}
	value := `Bearer realm="rocket-gateway"`
	if f.Challenge != "" {
		value += `, error="` + f.Challenge + `", error_description="` + strings.Map(quotable, f.Detail) + `"`
	}
	if f.Scope != "" {
		value += `, scope="` + f.Scope + `"`
	}
	h.Set("WWW-Authenticate", value)
}

// quotable leaves out what an error_description must not hold.
func quotable(r rune) rune {
	if r < ' ' || r > '~' || r == '"' || r == '\\' {
		return -1
	}
	return r
}
