package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"
)

// Caller is the sender of a request, as its verified token names it. All requests with one token share one Caller, so it must not
// be changed.
type Caller struct {
	Issuer  string
	Subject string
	Client  string   // azp, else client_id
	Scopes  []string // of scope and scp; sorted, each once
	Expires time.Time

	Profiles json.RawMessage // the claim as it stands in the token; nil if it is missing
	Grants   any             // what Options.ParseProfiles returned for Profiles, once for the token; nil without it

	id     string
	claims object
	weight int
}

// newCaller returns the caller of a token whose payload has so many bytes, which the caller keeps.
func newCaller(c *claims, payload int, o *Options) *Caller {
	caller := &Caller{
		Issuer: c.Issuer, Subject: c.Subject, Client: c.client, Scopes: c.scopes, Expires: c.ExpiresAt.Time,
		Profiles: c.all[o.ProfilesClaim], id: callerID(c), claims: c.all,
	}
	caller.weight = weightOf(c, payload)
	if o.ParseProfiles != nil {
		grants, weight := o.ParseProfiles(caller.Profiles)
		caller.Grants = grants
		caller.weight += weight
	}
	return caller
}

// weightOf returns about the bytes of memory that a caller takes without its grants, as measured: the text of the claims, the map
// of them, and copies of some texts.
func weightOf(c *claims, payload int) int {
	weight := 512 + payload + 16*cap(c.scopes) + 112*len(c.all) + len(c.Issuer) + len(c.Subject) + len(c.client)
	for _, scope := range c.scopes {
		weight += 16 + len(scope)
	}
	return weight
}

// Weight returns about the bytes of memory that the caller takes, and no less.
func (c *Caller) Weight() int { return c.weight }

// Identified reports whether a verified token names the caller. It is false for no caller, and for one that needs no token.
func (c *Caller) Identified() bool { return c != nil && c.id != "" }

// HasScope reports whether the token has the scope.
func (c *Caller) HasScope(scope string) bool {
	_, ok := slices.BinarySearch(c.Scopes, scope)
	return ok
}

// ID returns a short name for the caller that stays the same from token to token: that of issuer and subject; without a subject,
// of issuer and client; without either, of the issuer.
func (c *Caller) ID() string { return c.id }

// Claim returns the values of a claim that is a string or an array of strings; nil if it is anything else.
func (c *Caller) Claim(name string) []string {
	values, _ := parseTexts(c.claims.value(name))
	return values
}

const idBytes = 16 // of the hash: as unlikely to collide as a UUID

// callerID hashes every part behind its length, so that no issuer or subject can imitate the border between two others.
func callerID(c *claims) string {
	parts := []string{c.Issuer}
	if c.Subject != "" {
		parts = append(parts, "sub", c.Subject)
	} else if c.client != "" {
		parts = append(parts, "client", c.client)
	}
	var b []byte
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:idBytes])
}

const (
	memoBytes = 32 << 20
	memoSize  = 10_000 // tokens
	memoTime  = 5 * time.Minute
)

// memo keeps the callers of tokens that were verified. It never keeps a refusal: those are cheap, and any number can be made up.
type memo struct {
	entries *otter.Cache[tokenHash, *memoEntry]
}

// tokenHash is the SHA-256 of a token, the memo's key: nothing in the memo can be used as a token.
type tokenHash [sha256.Size]byte

// hashToken does not allocate for a token of usual length.
func hashToken(token string) tokenHash {
	var space [2 << 10]byte
	return sha256.Sum256(append(space[:0], token...))
}

// memoEntry is valid for one key set alone: another set makes all entries void at once, also those that are still being computed.
type memoEntry struct {
	caller      *Caller
	keys        *keySet
	from, until time.Time // outside of these the token is verified again
}

// weight returns about the bytes of memory that the entry takes, and so much at least that no more than memoSize entries fit.
func (e *memoEntry) weight() uint32 {
	return uint32(max(512+e.caller.Weight(), memoBytes/memoSize+1)) //nolint:gosec // maxToken bounds it
}

func newMemo() *memo {
	return &memo{otter.Must(&otter.Options[tokenHash, *memoEntry]{ // fails on contradicting options alone
		MaximumWeight:    memoBytes,
		Weigher:          func(_ tokenHash, e *memoEntry) uint32 { return e.weight() },
		ExpiryCalculator: otter.ExpiryWriting[tokenHash, *memoEntry](memoTime), // frees the memory; until decides
	})}
}

// get returns the caller, or nil.
func (m *memo) get(token tokenHash, keys *keySet, now time.Time) *Caller {
	e, ok := m.entries.GetIfPresent(token)
	if !ok || e.keys != keys || now.Before(e.from) || !now.Before(e.until) {
		return nil
	}
	return e.caller
}

// put adds a token that was verified at now. Its times are those of the check, leeway included.
func (m *memo) put(token tokenHash, caller *Caller, keys *keySet, c *claims, leeway time.Duration, now time.Time) {
	from := slices.MaxFunc([]time.Time{timeOf(c.NotBefore), timeOf(c.IssuedAt)}, time.Time.Compare)
	until := slices.MinFunc([]time.Time{c.ExpiresAt.Add(leeway), now.Add(memoTime)}, time.Time.Compare)
	m.entries.Set(token, &memoEntry{caller, keys, from.Add(-leeway), until})
}

func (m *memo) close() { m.entries.StopAllGoroutines() }
