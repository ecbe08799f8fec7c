package auth_test

import (
	"errors"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestAuthorizationHeaders(t *testing.T) {
	v := verifier(t, shared)
	token := hs256(t, valid(today))
	const none = "-"
	for _, tt := range []struct {
		what      string
		headers   []string
		challenge string // none: accepted
	}{
		{"as RFC 6750 writes it", []string{"Bearer " + token}, none},
		{"lower case", []string{"bearer " + token}, none},
		{"upper case", []string{"BEARER " + token}, none},
		{"two spaces", []string{"Bearer  " + token}, none},
		{"no header", nil, ""},
		{"an empty header", []string{""}, ""},
		{"another scheme", []string{"Basic " + token}, ""},
		{"another scheme that begins alike", []string{"BearerX " + token}, ""},
		{"no scheme", []string{token}, ""},
		{"a tab", []string{"Bearer\t" + token}, ""},
		{"a space in front", []string{" Bearer " + token}, ""},
		{"no token", []string{"Bearer"}, fault.ChallengeInvalidToken},
		{"spaces for a token", []string{"Bearer   "}, fault.ChallengeInvalidToken},
		{"parameters", []string{"Bearer token=" + token}, fault.ChallengeInvalidToken},
		{"something behind the token", []string{"Bearer " + token + " x"}, fault.ChallengeInvalidToken},
		{"two in one header", []string{"Bearer " + token + ", Bearer " + token}, fault.ChallengeInvalidToken},
		{"twice the same", []string{"Bearer " + token, "Bearer " + token}, fault.ChallengeInvalidRequest},
		{"two schemes", []string{"Bearer " + token, "Basic eDp5"}, fault.ChallengeInvalidRequest},
	} {
		t.Run(tt.what, func(t *testing.T) {
			_, err := v.Verify(t.Context(), tt.headers)
			if tt.challenge == none {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Unauthorized || f.Challenge != tt.challenge || f.Detail == "" {
				t.Errorf("got %v, want it unauthorized with challenge %q", err, tt.challenge)
			}
		})
	}
}
