package auth

import (
	"context"
	"net/http"
)

// NewOver is New with another way to the issuer.
func NewOver(o Options, network http.RoundTripper) (*Verifier, error) { return newVerifier(o, network) }

// VerifyAnew verifies a token as if it had never been seen.
func VerifyAnew(ctx context.Context, v *Verifier, token string) error {
	_, err := v.verify(ctx, token, hashToken(token))
	return err
}

// Await waits as a token with an unknown key does. enough gets the number of keys in each set that is looked at.
func Await(ctx context.Context, v *Verifier, enough func(keys int) bool) {
	v.keys.await(ctx, func(set *keySet) bool { return enough(len(set.keys)) })
}

// ParseJWKS returns the algorithms that each key of a set is for.
func ParseJWKS(text []byte) (algorithms [][]string, err error) {
	set, err := parseJWKS(text)
	if err != nil {
		return nil, err
	}
	for _, k := range set.keys {
		algorithms = append(algorithms, k.algorithms)
	}
	return algorithms, nil
}

// Remembered returns the number of tokens in the memo.
func Remembered(v *Verifier) int {
	v.memo.entries.CleanUp()
	return v.memo.entries.EstimatedSize()
}

// MemoWeight returns the weight of the tokens in the memo.
func MemoWeight(v *Verifier) uint64 {
	v.memo.entries.CleanUp()
	return v.memo.entries.WeightedSize()
}

// What the tests rely on.
const (
	RefreshInterval = refreshInterval
	MaxBackoff      = maxBackoff
	MaxWait         = maxWait
	MaxWaiters      = maxWaiters
	FetchBurst      = fetchBurst
	FetchInterval   = fetchInterval
	MemoTime        = memoTime
	MemoSize        = memoSize
	MemoBytes       = memoBytes
	MaxToken        = maxToken
	MaxMembers      = maxMembers
	MaxKeys         = maxKeys
	MaxCandidates   = maxCandidates
)
