package auth

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// header is the part of a token's header (RFC 7515, section 4) that is used.
type header struct {
	alg string
	kid string // empty if the token does not name its key
}

func parseHeader(segment string) (h header, err error) {
	members, err := parseObject("header", segment)
	if err != nil {
		return h, err
	}
	if _, critical := members["crit"]; critical {
		return h, refuse(reasonMalformed, "The token's header has extensions that must be understood (crit); none is understood here.")
	}
	r := reader{object: members, label: "%s in its header"}
	h = header{alg: read(&r, "alg", parseText), kid: read(&r, "kid", parseText)}
	return h, r.err
}

// claims are the payload of a token. golang-jwt validates the registered ones.
type claims struct {
	jwt.RegisteredClaims

	all    object
	client string
	scopes []string // sorted, each once
}

func parseClaims(segment string) (c *claims, err error) {
	c = new(claims)
	if c.all, err = parseObject("payload", segment); err != nil {
		return nil, err
	}
	r := reader{object: c.all, label: "its claim %s"}
	c.Issuer, c.Subject = read(&r, "iss", parseText), read(&r, "sub", parseText)
	clientID, authorizedParty := read(&r, "client_id", parseText), read(&r, "azp", parseText)
	c.client = cmp.Or(authorizedParty, clientID) // OpenID Connect's claim, else that of RFC 9068
	scopes := slices.Concat(read(&r, "scope", parseScopes), read(&r, "scp", parseScopes))
	slices.Sort(scopes)
	c.scopes = slices.DeleteFunc(slices.Compact(scopes), func(s string) bool { return s == "" })
	c.Audience = read(&r, "aud", parseTexts)
	c.ExpiresAt, c.NotBefore, c.IssuedAt = read(&r, "exp", parseTime), read(&r, "nbf", parseTime), read(&r, "iat", parseTime)
	return c, r.err
}

// reader reads members of an object and keeps the first error.
type reader struct {
	object
	label string // of a member in an error, with %s for its name
	err   error
}

func read[T any](r *reader, name string, parse func(json.RawMessage) (T, error)) T {
	value, err := parse(r.value(name))
	if err != nil && r.err == nil {
		r.err = malformed(fmt.Sprintf(r.label, name) + " " + err.Error())
	}
	return value
}

// maxMembers bounds the members of one JSON object.
const maxMembers = 100

// object is a JSON object in which no name stands twice: parsers differ in which of two they take, and so might this one and the
// issuer's. Names are compared exactly, while encoding/json would take EXP for exp. Values are as they stand in the text.
type object map[string]json.RawMessage

// parseObject reads the header or the payload of a token.
func parseObject(name, segment string) (object, error) {
	text, err := decode(name, segment)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) || !json.Valid(text) || bytes.TrimLeft(text, " \t\r\n")[0] != '{' {
		return nil, malformed("its " + name + " is not a JSON object in UTF-8")
	}
	o := object{}
	for quoted, value := range rows.Members(text) {
		member, _ := rows.Text(quoted) // with U+FFFD for half of a surrogate pair: two of those are one name
		if _, doubled := o[string(member)]; doubled {
			return nil, malformed("its " + name + " has a member twice")
		}
		if len(o) == maxMembers {
			return nil, malformed(fmt.Sprintf("its %s has more than %d members", name, maxMembers))
		}
		o[string(member)] = value
	}
	return o, nil
}

func decode(name, segment string) ([]byte, error) {
	content, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return nil, malformed("its " + name + " is not base64url")
	}
	return content, nil
}

// value returns a member's value; nil if it is missing or null.
func (o object) value(name string) json.RawMessage {
	if value := o[name]; string(value) != "null" {
		return value
	}
	return nil
}

// parseText reads a string; none is empty. It refuses U+FFFD, which stands for half of a surrogate pair elsewhere: two different
// texts must not become one.
func parseText(value json.RawMessage) (string, error) {
	if value == nil {
		return "", nil
	}
	text, ok := rows.Text(value)
	if !ok || bytes.ContainsRune(text, utf8.RuneError) {
		return "", errors.New("is not a string")
	}
	return string(text), nil
}

// parseTexts reads one string or an array of them.
func parseTexts(value json.RawMessage) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	var elements []json.RawMessage
	if json.Unmarshal(value, &elements) != nil {
		elements = []json.RawMessage{value} // no array
	}
	all := make([]string, len(elements))
	for i, element := range elements {
		text, err := parseText(element)
		if err != nil {
			return nil, errors.New("is neither a string nor an array of strings")
		}
		all[i] = text
	}
	return all, nil
}

// parseScopes reads a list with spaces, or an array whose elements are not split.
func parseScopes(value json.RawMessage) ([]string, error) {
	scopes, err := parseTexts(value)
	if err == nil && value != nil && value[0] == '"' {
		scopes = strings.Split(scopes[0], " ")
	}
	return scopes, err
}

// lastSecond is the end of the year 9999. Anything beyond was meant to be milliseconds, or no time at all.
const lastSecond = 253402300799

// parseTime reads a NumericDate (RFC 7519, section 2), fractions included, which the library's own constructor would cut off.
func parseTime(value json.RawMessage) (*jwt.NumericDate, error) {
	if value == nil {
		return nil, nil
	}
	seconds, err := strconv.ParseFloat(string(value), 64) // JSON has no NaN, no Inf and no hexadecimal, so neither has value
	if err != nil || seconds < 0 || seconds > lastSecond {
		return nil, errors.New("is not a time in seconds since 1970")
	}
	whole := int64(seconds)
	return &jwt.NumericDate{Time: time.Unix(whole, int64((seconds-float64(whole))*float64(time.Second)))}, nil
}

// Unverified is what a token claims. Its signature was not checked, so it must not be used for a decision.
type Unverified struct {
	Algorithm string
	KeyID     string // empty if the token does not name its key

	Issuer, Subject, Client      string
	Audience, Scopes             []string
	IssuedAt, NotBefore, Expires time.Time       // zero if the token has none
	Profiles                     json.RawMessage // the claim as it stands in the token
}

// Inspect reads a token without verifying it, for display.
func Inspect(token, profilesClaim string) (*Unverified, error) {
	if err := checkSyntax(token); err != nil {
		return nil, err
	}
	parts := strings.Split(token, ".")
	h, err := parseHeader(parts[0])
	if err != nil {
		return nil, err
	}
	c, err := parseClaims(parts[1])
	if err != nil {
		return nil, err
	}
	return &Unverified{
		Algorithm: h.alg, KeyID: h.kid, Issuer: c.Issuer, Subject: c.Subject, Client: c.client, Audience: c.Audience, Scopes: c.scopes,
		IssuedAt: timeOf(c.IssuedAt), NotBefore: timeOf(c.NotBefore), Expires: timeOf(c.ExpiresAt), Profiles: c.all[profilesClaim],
	}, nil
}

// timeOf returns the zero time for nil.
func timeOf(d *jwt.NumericDate) (t time.Time) {
	if d != nil {
		t = d.Time
	}
	return t
}
