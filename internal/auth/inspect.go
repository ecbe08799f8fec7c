package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Unverified is what a token says of itself. Nobody has checked its signature, so nothing of it may be acted on.
type Unverified struct {
	Algorithm string
	KeyID     string // empty where the token does not name its key

	Issuer, Subject, Client      string
	Audience, Scopes             []string
	IssuedAt, NotBefore, Expires time.Time       // zero where the token has none
	Profiles                     json.RawMessage // the claim as it stands in the token
}

// Inspect reads a token for people to look at.
func Inspect(token, profilesClaim string) (*Unverified, error) {
	if err := checkForm(token); err != nil {
		return nil, err
	}
	h, err := readHeader(token)
	if err != nil {
		return nil, err
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		return nil, refuse(reasonMalformed, "The token is malformed: its payload is not base64url.")
	}
	var c claims
	if err := c.UnmarshalJSON(json.RawMessage(payload)); err != nil {
		return nil, err
	}
	profiles, _ := c.all.get(profilesClaim)
	return &Unverified{
		Algorithm: h.alg, KeyID: h.kid, Issuer: c.issuer, Subject: c.subject, Client: c.client, Audience: c.audience, Scopes: c.scopes,
		IssuedAt: c.issued, NotBefore: c.notBefore, Expires: c.expires, Profiles: profiles,
	}, nil
}
