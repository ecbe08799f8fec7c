package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"
)

// Caller is who asks, as a verified token says. All requests with one token share one Caller, so nothing of it may be changed.
type Caller struct {
	Issuer  string
	Subject string
	Client  string   // azp, else client_id
	Scopes  []string // of scope and scp; sorted, each once
	Expires time.Time

	Profiles json.RawMessage // the claim as it stands in the token; nil where there is none
	Reach    any             // what Options.ReadProfiles made of Profiles, once for the token; nil without it

	id     string
	claims object
}

func newCaller(c *claims, profilesClaim string) *Caller {
	profiles, _ := c.all.get(profilesClaim)
	return &Caller{
		Issuer: c.issuer, Subject: c.subject, Client: c.client, Scopes: c.scopes, Expires: c.expires,
		Profiles: profiles, id: identity(c), claims: c.all,
	}
}

// Identified reports whether a verified token names the caller. It is false for no caller, and for one that needs no token.
func (c *Caller) Identified() bool { return c != nil && c.id != "" }

// May says whether the token grants the scope.
func (c *Caller) May(scope string) bool {
	_, ok := slices.BinarySearch(c.Scopes, scope)
	return ok
}

// ID is a short name for the caller that stays the same from token to token: that of issuer and subject; where there is no
// subject, of issuer and client; where there is neither, of the issuer.
func (c *Caller) ID() string { return c.id }

// Claim gives the values of a claim that is a string or an array of strings; nil where it is anything else.
func (c *Caller) Claim(name string) []string {
	values, err := c.claims.texts(name)
	if err != nil {
		return nil
	}
	return values
}

const idBytes = 16 // of the hash: as unlikely to be met twice as a UUID

// identity hashes every part behind its length, so that no issuer or subject can imitate the border between two others.
func identity(c *claims) string {
	parts := []string{c.issuer, "sub", c.subject}
	switch {
	case c.subject == "" && c.client != "":
		parts = []string{c.issuer, "client", c.client}
	case c.subject == "":
		parts = []string{c.issuer}
	}
	var b []byte
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:idBytes])
}
