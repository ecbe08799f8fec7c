package auth

import (
	"crypto/sha256"
	"time"

	"github.com/maypok86/otter/v2"
)

const (
	maxRemembered = 10_000
	longestMemory = 5 * time.Minute
)

// memo remembers tokens that were verified. It never remembers a refusal: those are cheap, and any number can be made up.
type memo struct {
	verdicts *otter.Cache[tokenSum, *verdict]
}

// tokenSum is the SHA-256 of a token, which the memo has in its place: nothing there can be used as a token.
type tokenSum [sha256.Size]byte

// fingerprint needs no memory of its own for a token of usual length.
func fingerprint(token string) tokenSum {
	var space [2 << 10]byte
	return sha256.Sum256(append(space[:0], token...))
}

// verdict is what came of a token. It stands for the keys that it was found with alone: another set makes all of them void
// at once, also those that were still being computed.
type verdict struct {
	caller      *Caller
	keys        *keySet
	from, until time.Time // outside of these the token is looked at anew
}

func newMemo() (*memo, error) {
	verdicts, err := otter.New(&otter.Options[tokenSum, *verdict]{
		MaximumSize:      maxRemembered,
		ExpiryCalculator: otter.ExpiryWriting[tokenSum, *verdict](longestMemory), // frees the memory; until decides
	})
	return &memo{verdicts}, err
}

// get gives the caller, or nil.
func (m *memo) get(token tokenSum, keys *keySet, now time.Time) *Caller {
	v, ok := m.verdicts.GetIfPresent(token)
	if !ok || v.keys != keys || now.Before(v.from) || !now.Before(v.until) {
		return nil
	}
	return v.caller
}

// put remembers a token that was verified now. Its times are those of the check, leeway included.
func (m *memo) put(token tokenSum, caller *Caller, keys *keySet, c *claims, leeway time.Duration, now time.Time) {
	v := &verdict{caller: caller, keys: keys, until: c.expires.Add(leeway)}
	for _, t := range []time.Time{c.notBefore, c.issued} {
		if t = t.Add(-leeway); t.After(v.from) {
			v.from = t
		}
	}
	if latest := now.Add(longestMemory); latest.Before(v.until) {
		v.until = latest
	}
	m.verdicts.Set(token, v)
}

func (m *memo) close() { m.verdicts.StopAllGoroutines() }
