package auth

import (
	"context"
	"net/http"
	"slices"
)

// NewOver is New with another way to the issuer.
func NewOver(o Options, network http.RoundTripper) (*Verifier, error) { return newVerifier(o, network) }

// NewTransport is the way to the issuer that New takes.
func NewTransport() *http.Transport { return newTransport() }

// VerifyAnew verifies a token as if it had never been seen.
func VerifyAnew(ctx context.Context, v *Verifier, token string) error {
	_, err := v.check(ctx, token, fingerprint(token))
	return err
}

// Await waits as a token with an unknown key does. enough gets the number of keys in each set that is looked at.
func Await(ctx context.Context, v *Verifier, enough func(keys int) bool) {
	v.source.await(ctx, func(set *keySet) bool { return enough(len(set.keys)) })
}

// ReadJWKS gives the algorithms that each key of a set fits.
func ReadJWKS(text []byte) (fits [][]string, err error) {
	set, err := readJWKS(text)
	if err != nil {
		return nil, err
	}
	for _, k := range set.keys {
		fits = append(fits, slices.DeleteFunc(Algorithms(), func(alg string) bool { return !k.fits(alg) }))
	}
	return fits, nil
}

// Remembered is the number of tokens in the memo.
func Remembered(v *Verifier) int {
	v.memo.verdicts.CleanUp()
	return v.memo.verdicts.EstimatedSize()
}

// What the tests count on.
const (
	RefreshEvery  = refreshEvery
	ShortestPause = shortestPause
	LongestPause  = longestPause
	LongestWait   = longestWait
	LongestMemory = longestMemory
	FetchTimeout  = fetchTimeout
	MaxWaiting    = maxWaiting
	MaxRemembered = maxRemembered
	MaxToken      = maxToken
	MaxMembers    = maxMembers
	MaxReply      = maxReply
	MaxKeys       = maxKeys
	MaxTries      = maxTries
	MaxRedirects  = maxRedirects
	Burst         = burst
	Interval      = interval
)
