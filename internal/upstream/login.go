package upstream

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

// Account is a service account at Rocket.
type Account struct {
	Name     string   // for logs and metrics
	Base     *url.URL // of /api/v4
	OAuth    *url.URL // of /oauth2/token, the deprecated login; nil: the v4 login
	Username string
	Password secret.Value
	Currency string // ISO 4217, of the amounts that it sees; empty: not known
}

const (
	maxLoginBody = 1 << 20
	clockGrain   = 2 * time.Second // clocks that agree may seem so far apart: instants are in whole seconds, and a login takes time
	maxUnix      = 253402300799    // 9999-12-31T23:59:59Z
)

// logIn returns a new token, after retries if need be.
func (c *Client) logIn(ctx context.Context) (token, error) {
	host := c.Account.Base.Host
	if c.Account.OAuth != nil {
		host = c.Account.OAuth.Host
	}
	return retry(ctx, c.Transport.retries, c.Transport.breaker(host), func() (token, error) {
		t, err := c.sendLogin(ctx)
		c.countLogin(err)
		return t, err
	})
}

// sendLogin logs in once.
func (c *Client) sendLogin(ctx context.Context) (token, error) {
	req, err := c.Account.loginRequest(ctx)
	if err != nil {
		return token{}, err
	}
	req.Header.Set("Accept", "application/json")
	sent := c.Transport.Now()
	resp, err := c.Transport.send(req)
	if err != nil {
		return token{}, err
	}
	defer drain(resp)
	if err := classify(resp, loginFailures); err != nil {
		return token{}, err
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxLoginBody))
	if err != nil {
		return token{}, unread(err)
	}
	if err := checkStart(content); err != nil {
		return token{}, err
	}
	value, expiry, err := c.Account.decodeLogin(content)
	if err != nil { // it may quote the content, so it is not kept
		return token{}, invalid("Rocket's login response is not the JSON of a login.")
	}
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	return issued(value, expiry, sent, date)
}

func (a *Account) loginRequest(ctx context.Context) (*http.Request, error) {
	const loginPath, oauthPath = "/api/v4/auth/login", "/oauth2/token"
	if a.OAuth != nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.OAuth.String()+oauthPath, nil)
		if err == nil {
			req.Pattern = oauthPath
			req.SetBasicAuth(a.Username, a.Password.Reveal())
		}
		return req, err
	}
	body := marshal(struct{ Username, Password string }{a.Username, a.Password.Reveal()})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Base.String()+loginPath, bytes.NewReader(body))
	if err == nil {
		req.Pattern = loginPath
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// decodeLogin returns the token of a login's response, and its expiry in Unix seconds.
func (a *Account) decodeLogin(content []byte) (value string, expiry int64, err error) {
	if a.OAuth != nil {
		var v1 struct {
			AccessToken string `json:"access_token"`
			ExpiresIn   int64  `json:"expires_in"` // a Unix time, not a duration
		}
		err = json.Unmarshal(content, &v1)
		return v1.AccessToken, v1.ExpiresIn, err
	}
	var v4 struct {
		Token     string `json:"token"`
		ExpiresAt int64  `json:"expiresAt"`
	}
	err = json.Unmarshal(content, &v4)
	return v4.Token, v4.ExpiresAt, err
}

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
	return token{value: value, Session: Session{Sent: sent, Expires: expires, Date: date, IssuedAt: issuedAt}}, nil
}

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

// payload returns the claims of a token that is a JWT, nil for any other. Nothing is verified: the token comes from Rocket itself.
func payload(value string) []byte {
	if parts := strings.Split(value, "."); len(parts) == 3 {
		if claims, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			return claims
		}
	}
	return nil
}

// Session is what Rocket returned for a login, except for the token itself.
type Session struct {
	Sent     time.Time // when the login was sent, by our clock
	Expires  time.Time // of the token, by our clock
	Date     time.Time // of the response, by Rocket's clock; zero without one
	IssuedAt time.Time // of the token, by Rocket's clock; zero without one
	Profiles []Profile // none if the token cannot be read
}

// Profile is what the account may read at a provider, according to its token. Nothing of it is verified.
type Profile struct {
	Provider     string            `json:"provider"` // Rocket has others than ours
	ResourceType string            `json:"resource_type"`
	Resources    []json.RawMessage `json:"resources"`
}

// Login logs in anew, for this process alone. The queries that follow use the new token.
func (c *Client) Login(ctx context.Context) (Session, error) {
	t, err := c.logIn(ctx)
	if err != nil {
		return Session{}, err
	}
	c.tokens.keep(t)
	var claims struct {
		Profiles []Profile `json:"profiles"`
	}
	if json.Unmarshal(payload(t.value), &claims) == nil {
		t.Profiles = claims.Profiles
	}
	return t.Session, nil
}
