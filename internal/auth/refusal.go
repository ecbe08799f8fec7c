package auth

import (
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Why tokens are refused: values of a metric's label.
const (
	reasonNoToken     = "no-token"
	reasonMalformed   = "malformed"
	reasonAlgorithm   = "algorithm"   // not accepted, or not one of the key's
	reasonUnknownKey  = "unknown-key" // not known to be the issuer's
	reasonSignature   = "signature"
	reasonExpired     = "expired" // or without an expiry
	reasonNotYetValid = "not-yet-valid"
	reasonIssuer      = "issuer"
	reasonAudience    = "audience"
	reasonNoKeys      = "no-keys" // no token can be checked yet
)

// Reasons returns all values of the Reason of an error of Verify.
func Reasons() []string {
	return []string{
		reasonNoToken, reasonMalformed, reasonAlgorithm, reasonUnknownKey, reasonSignature, reasonExpired, reasonNotYetValid,
		reasonIssuer, reasonAudience, reasonNoKeys,
	}
}

// refuse returns the error for a token that is not accepted. The detail is for the caller, who has the token: it never quotes it.
func refuse(reason, detail string) *fault.Error {
	return &fault.Error{Kind: fault.Unauthorized, Challenge: fault.ChallengeInvalidToken, Reason: reason, Detail: detail}
}

func malformed(what string) *fault.Error {
	return refuse(reasonMalformed, "The token is malformed: "+what+".")
}

func unavailable(retryAfter time.Duration) *fault.Error {
	return &fault.Error{
		Kind: fault.AuthUnavailable, Detail: "The keys that tokens are checked with could not be read yet.",
		Reason: reasonNoKeys, RetryAfter: max(time.Second, retryAfter),
	}
}

// refusal turns an error of the validator into one for the caller. It drops the error's own text, which may repeat parts of the token.
func (v *Verifier) refusal(err error, c *claims) error {
	switch {
	case c.ExpiresAt == nil:
		return refuse(reasonExpired, "The token has no expiry (exp); tokens without one are not accepted.")
	case errors.Is(err, jwt.ErrTokenExpired):
		return refuse(reasonExpired, "The token has expired. Get a new one.")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return refuse(reasonNotYetValid, "The token is not valid yet (nbf).")
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return refuse(reasonNotYetValid, "The token was issued in the future (iat): the clock of its issuer is ahead.")
	case v.options.Issuer != "" && c.Issuer != v.options.Issuer:
		return refuse(reasonIssuer, "The token is not from the issuer that is trusted here (iss).")
	default:
		return refuse(reasonAudience, "The token is not meant for this service (aud).")
	}
}

// InsufficientScope returns the error for a token that does not have the scope that purpose needs.
func InsufficientScope(scope, purpose string) error {
	return &fault.Error{
		Kind: fault.Forbidden, Detail: "The token lacks the scope " + scope + ", which " + purpose + " needs.",
		Challenge: fault.ChallengeInsufficientScope, Scope: scope,
	}
}

// Challenge returns the value of the WWW-Authenticate field for a refusal: how to authenticate, or what the token lacks (RFC 6750,
// section 3). It is empty for a failure that another token would not change.
func Challenge(f *fault.Error) string {
	if f.Kind != fault.Unauthorized && f.Challenge == "" {
		return ""
	}
	value := `Bearer realm="rocket-gateway"`
	if f.Challenge != "" {
		value += `, error="` + f.Challenge + `", error_description="` + strings.Map(descriptionChar, f.Detail) + `"`
	}
	if f.Scope != "" {
		value += `, scope="` + f.Scope + `"`
	}
	return value
}

// descriptionChar drops characters that an error_description must not have.
func descriptionChar(r rune) rune {
	if r < ' ' || r > '~' || r == '"' || r == '\\' {
		return -1
	}
	return r
}
