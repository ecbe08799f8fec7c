package upstream

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// issued makes the token of a login's reply. expiresAt is in Unix seconds by Rocket's clock, sent is when the login began by
// ours, date the reply's Date header, where it had one.
func issued(value string, expiresAt int64, sent, date time.Time) (token, error) {
	if value == "" || expiresAt <= 0 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return token{}, invalid("Rocket's answer to the login holds no token that can be sent, or no expiry.")
	}
	told := time.Unix(expiresAt, 0)
	expires := sent.Add(lifetime(value, told, sent, date))
	if off := told.Sub(expires).Abs(); off <= clockGrain { // the clocks agree, so that what was told is more exact
		expires = told
	}
	if !expires.After(sent) {
		return token{}, invalid("Rocket's answer to the login holds a token that has expired already.")
	}
	return token{value: value, expires: expires, sent: sent, date: date}, nil
}

// clockGrain is how far instants in whole seconds, and the way of a login, may be apart although the clocks agree.
const clockGrain = 2 * time.Second

// lifetime is how long the token is good for. Where possible two instants of Rocket's clock are compared, so that it does no harm
// if that one or ours is wrong: expiry and issue of the token itself, or what the reply tells of its expiry and date. Where they
// differ the shorter life counts, less the second that both are rounded by.
func lifetime(value string, told, sent, date time.Time) time.Duration {
	life := told.Sub(sent)
	issuedAt, expires := claimed(value)
	own := time.Duration(expires-issuedAt) * time.Second
	since := told.Sub(date)
	switch {
	case own > 0 && !date.IsZero() && 0 < since && since < own:
		life = since - time.Second
	case own > 0:
		life = own - time.Second
	case !date.IsZero() && since > 0:
		life = since - time.Second
	}
	return life
}

// claimed reads iat and exp of a token that is a JWT, and gives zeros for any other.
func claimed(value string) (issuedAt, expires int64) {
	var claims struct {
		IssuedAt float64 `json:"iat"`
		Expires  float64 `json:"exp"`
	}
	if json.Unmarshal(payload(value), &claims) != nil || claims.Expires <= claims.IssuedAt {
		return 0, 0
	}
	return int64(claims.IssuedAt), int64(claims.Expires)
}

// payload is the claims of a token that is a JWT, and nothing of any other. Nothing is verified: the token is Rocket's own
// affair, and was got from there a moment ago.
func payload(value string) []byte {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return nil
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	return claims
}
