package upstream

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// issued returns the token of a login's response. expiresAt is in Unix seconds by Rocket's clock, sent is when the login began
// by ours, and date is the response's Date, or zero. A token that has expired is an UpstreamInvalidResponse.
func issued(value string, expiresAt int64, sent, date time.Time) (token, error) {
	if value == "" || expiresAt <= 0 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return token{}, invalid("Rocket's login response has no token that can be sent, or no expiry.")
	}
	issuedAt, claimed := claims(value)
	expiry := time.Unix(expiresAt, 0) // by Rocket's clock
	if !claimed.IsZero() && claimed.Before(expiry) {
		expiry = claimed
	}
	life, since := lifetime(expiry, issuedAt, sent, date)
	expires := sent.Add(life)
	if expiry.Sub(expires).Abs() <= clockGrain { // the clocks agree, so the instant itself is more exact
		expires = expiry
	}
	if !expires.After(sent) {
		return token{}, invalid("Rocket's login response has a token that has expired: its expiry is not after " + since + ".")
	}
	return token{value: value, expires: expires, sent: sent, date: date}, nil
}

// clockGrain is how far apart two clocks that agree may seem: instants are in whole seconds, and a login takes time.
const clockGrain = 2 * time.Second

// lifetime returns how long a token is good for, and names the instant that it counts from. It compares two instants of Rocket's
// clock if it can, so that it does not matter if that clock or ours is wrong: expiry and iat of the token, or expiry and Date.
// With both, the shorter life counts, but a Date past the expiry does not: a proxy with another clock may have set it. Without
// either, our own clock must do. Rocket's instants are rounded, so a life between two of them is a second shorter.
func lifetime(expires, issuedAt, sent, date time.Time) (life time.Duration, since string) {
	ofDate := expires.Sub(date)
	switch {
	case !issuedAt.IsZero() && issuedAt.Before(expires):
		life = expires.Sub(issuedAt)
		if !date.IsZero() && 0 < ofDate && ofDate < life {
			life = ofDate
		}
		return life - time.Second, "its issue"
	case !date.IsZero():
		return ofDate - time.Second, "the response's own Date"
	default:
		return expires.Sub(sent), "this machine's clock, which may be wrong"
	}
}

// claims returns iat and exp of a token that is a JWT. Either is zero if it is absent, and both are for any other token.
func claims(value string) (issuedAt, expires time.Time) {
	var c struct {
		IssuedAt float64 `json:"iat"`
		Expires  float64 `json:"exp"`
	}
	if json.Unmarshal(payload(value), &c) != nil {
		return time.Time{}, time.Time{}
	}
	return unix(c.IssuedAt), unix(c.Expires)
}

// unix returns the instant of a NumericDate (RFC 7519, section 2), or zero if it is none or beyond the year 9999.
func unix(seconds float64) time.Time {
	if seconds < 1 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

const maxUnix = 253402300799 // 9999-12-31T23:59:59Z

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
