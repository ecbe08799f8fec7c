// Package fault is the one error vocabulary inside the gateway. Every failure that a caller learns of is an *Error of
// one Kind; package handlers alone maps a Kind to its HTTP status and problem document. It imports no package of ours.
package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind names a failure. Its text is the last segment of the problem type's path, so it never changes once released.
type Kind string

// Failures of the request, of the gateway and of Rocket.
const (
	InvalidRequest   Kind = "invalid-request"
	Unauthorized     Kind = "unauthorized"
	Forbidden        Kind = "forbidden"
	NotFound         Kind = "not-found"
	MethodNotAllowed Kind = "method-not-allowed"
	NotAcceptable    Kind = "not-acceptable"
	URITooLong       Kind = "uri-too-long"
	HeadersTooLarge  Kind = "headers-too-large"
	RateLimited      Kind = "rate-limited"

	Internal        Kind = "internal-error"
	AuthUnavailable Kind = "auth-unavailable"
	CacheMiss       Kind = "cache-miss"

	UpstreamRejected        Kind = "upstream-rejected"
	UpstreamCredentials     Kind = "upstream-credentials"
	UpstreamError           Kind = "upstream-error"
	UpstreamInvalidResponse Kind = "upstream-invalid-response"
	UpstreamUnavailable     Kind = "upstream-unavailable"
	UpstreamTimeout         Kind = "upstream-timeout"
)

// The error codes of RFC 6750, section 3.1, which go with Unauthorized and Forbidden.
const (
	ChallengeInvalidRequest    = "invalid_request"
	ChallengeInvalidToken      = "invalid_token"
	ChallengeInsufficientScope = "insufficient_scope"
)

// Param describes what is wrong with one parameter, and what to change. Its JSON is that of problem documents.
type Param struct {
	Name    string `json:"parameter"`
	Message string `json:"message"`
}

// Error is a failure as callers and logs see it.
type Error struct {
	Kind       Kind
	Detail     string        // for the caller: no host name, no secret
	Part       string        // of a composed response, that failed; empty: the whole
	Params     []Param       // the offending parameters of an InvalidRequest, all of them
	RetryAfter time.Duration // when another try makes sense; zero if unknown
	Status     int           // of Rocket's response; zero without one
	Challenge  string        // for WWW-Authenticate: an error code of RFC 6750; empty if the request has no token
	Scope      string        // for WWW-Authenticate: the scope that the token lacks
	Reason     string        // for metrics: why, in one of a few fixed words; empty if the Kind says enough
	Cause      error         // for the log alone
}

// Error returns the text for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	for _, p := range e.Params {
		b.WriteString("; ")
		b.WriteString(p.Name)
		b.WriteString(" ")
		b.WriteString(p.Message)
	}
	if e.Cause != nil {
		b.WriteString(": ")
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns the first *Error in the chain of err. Any other error becomes an Internal one, whose detail does not describe it.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Detail: "The gateway failed; its log has the reason under this request id.", Cause: err}
}
