package auth

import "net/http"

// NewOver is New with another way to the issuer.
func NewOver(o Options, network http.RoundTripper) (*Verifier, error) { return newVerifier(o, network) }

// NewTransport is the way to the issuer that New takes.
func NewTransport() *http.Transport { return newTransport() }

// What the tests count on.
const (
	RefreshEvery  = refreshEvery
	LongestPause  = longestPause
	LongestWait   = longestWait
	LongestMemory = longestMemory
	MaxWaiting    = maxWaiting
	MaxRemembered = maxRemembered
	MaxToken      = maxToken
	MaxMembers    = maxMembers
	Burst         = burst
	Interval      = interval
)
