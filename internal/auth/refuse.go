package auth

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Why tokens are refused, as metrics tell it.
const (
	reasonNoToken     = "no-token"
	reasonMalformed   = "malformed"
	reasonAlgorithm   = "algorithm"   // not accepted, or not one of the key's
	reasonUnknownKey  = "unknown-key" // not known to be the issuer's
	reasonSignature   = "signature"
	reasonExpired     = "expired" // or without an end
	reasonNotYetValid = "not-yet-valid"
	reasonIssuer      = "issuer"
	reasonAudience    = "audience"
	reasonNoKeys      = "no-keys" // nobody's token can be checked yet
)

// Reasons are all that the Reason of an error of Verify may be.
func Reasons() []string {
	return []string{
		reasonNoToken, reasonMalformed, reasonAlgorithm, reasonUnknownKey, reasonSignature, reasonExpired, reasonNotYetValid,
		reasonIssuer, reasonAudience, reasonNoKeys,
	}
}

// refuse is a token that does not pass. The detail is for the caller, who has the token: it never quotes it.
func refuse(reason, detail string) *fault.Error {
	return &fault.Error{Kind: fault.Unauthorized, Challenge: fault.ChallengeInvalidToken, Reason: reason, Detail: detail}
}

// noToken is a request that brings none; RFC 6750 wants no error code there.
func noToken() *fault.Error {
	return &fault.Error{
		Kind: fault.Unauthorized, Reason: reasonNoToken, Detail: "No token came. Send it as Authorization: Bearer <token>.",
	}
}

func unavailable(retry time.Duration) *fault.Error {
	return &fault.Error{
		Kind: fault.AuthUnavailable, Detail: "The keys that tokens are checked with could not be read yet.",
		Reason: reasonNoKeys, RetryAfter: max(time.Second, retry),
	}
}

// explain turns an error of golang-jwt's into one for the caller. Its own text is not kept: it may repeat parts of the token.
func (v *Verifier) explain(err error, c *claims) error {
	var said *fault.Error
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return refuse(reasonSignature, "The token's signature is not that of its issuer.")
	case !errors.Is(err, jwt.ErrTokenInvalidClaims):
		return refuse(reasonMalformed, "The token is malformed.")
	case c.expires.IsZero():
		return refuse(reasonExpired, "The token does not say when it expires (exp); tokens without an end are not accepted.")
	case errors.Is(err, jwt.ErrTokenExpired):
		return refuse(reasonExpired, "The token has expired. Get a new one.")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return refuse(reasonNotYetValid, "The token is not valid yet (nbf).")
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return refuse(reasonNotYetValid, "The token was issued in the future (iat): the clock of its issuer is ahead.")
	case v.issuer != "" && c.issuer != v.issuer:
		return refuse(reasonIssuer, "The token is not from the issuer that is trusted here (iss).")
	default:
		return refuse(reasonAudience, "The token is not meant for this service (aud).")
	}
}
