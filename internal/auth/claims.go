package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are the payload of a token, read strictly. golang-jwt checks them after the signature.
type claims struct {
	all object

	issuer, subject, client    string
	audience                   []string
	expires, notBefore, issued time.Time // zero where the token has none
	scopes                     []string  // sorted, each once
}

// UnmarshalJSON reads the payload. Errors are for the caller.
func (c *claims) UnmarshalJSON(text []byte) (err error) {
	if c.all, err = readObject(text); err != nil {
		return refuse(reasonMalformed, "The token is malformed: its payload "+err.Error()+".")
	}
	for _, read := range []func() error{
		into(&c.issuer, c.all.text, "iss"), into(&c.subject, c.all.text, "sub"), c.readClient, c.readScopes,
		into(&c.audience, c.all.texts, "aud"),
		into(&c.expires, c.all.time, "exp"), into(&c.notBefore, c.all.time, "nbf"), into(&c.issued, c.all.time, "iat"),
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// into puts what read makes of the claim into target.
func into[T any](target *T, read func(string) (T, error), name string) func() error {
	return func() (err error) {
		if *target, err = read(name); err != nil {
			return refuse(reasonMalformed, "The token is malformed: its claim "+name+" "+err.Error()+".")
		}
		return nil
	}
}

// readClient takes azp, as OpenID Connect has it, or client_id of RFC 9068.
func (c *claims) readClient() error {
	var id string
	if err := into(&id, c.all.text, "client_id")(); err != nil {
		return err
	}
	if err := into(&c.client, c.all.text, "azp")(); err != nil {
		return err
	}
	if c.client == "" {
		c.client = id
	}
	return nil
}

// readScopes takes scope and scp together; either is a list with spaces, or an array whose elements are not split.
func (c *claims) readScopes() error {
	for _, name := range []string{"scope", "scp"} {
		var scopes []string
		if err := into(&scopes, c.all.texts, name)(); err != nil {
			return err
		}
		if value, ok := c.all.present(name); ok && value[0] == '"' {
			scopes = strings.Split(scopes[0], " ")
		}
		c.scopes = append(c.scopes, scopes...)
	}
	slices.Sort(c.scopes)
	c.scopes = slices.DeleteFunc(slices.Compact(c.scopes), func(s string) bool { return s == "" })
	return nil
}

// The rest is how golang-jwt asks.

// GetExpirationTime gives exp.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return numericDate(c.expires), nil }

// GetIssuedAt gives iat.
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error) { return numericDate(c.issued), nil }

// GetNotBefore gives nbf.
func (c *claims) GetNotBefore() (*jwt.NumericDate, error) { return numericDate(c.notBefore), nil }

// GetIssuer gives iss.
func (c *claims) GetIssuer() (string, error) { return c.issuer, nil }

// GetSubject gives sub.
func (c *claims) GetSubject() (string, error) { return c.subject, nil }

// GetAudience gives aud.
func (c *claims) GetAudience() (jwt.ClaimStrings, error) { return c.audience, nil }

// numericDate is nil where there is none. The library's own constructor would cut fractions off.
func numericDate(t time.Time) *jwt.NumericDate {
	if t.IsZero() {
		return nil
	}
	return &jwt.NumericDate{Time: t}
}
