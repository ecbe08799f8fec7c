package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

// Account is a service account at Rocket.
type Account struct {
	Name     string   // for the log
	Base     *url.URL // of /api/v4
	OAuth    *url.URL // of /oauth2/token; nil: the v4 login
	Username string
	Password secret.Value
}

const maxLoginReply = 1 << 20

// v4 logs in with user name and password in JSON.
func (a *Account) v4(rocket http.RoundTripper, now func() time.Time) func(context.Context) (token, error) {
	return func(ctx context.Context) (token, error) {
		body := marshal(struct{ Username, Password string }{a.Username, a.Password.Reveal()})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Base.String()+"/api/v4/auth/login", bytes.NewReader(body))
		if err != nil {
			return token{}, err
		}
		req.Header.Set("Content-Type", "application/json")
		var reply struct {
			Token     string `json:"token"`
			ExpiresAt int64  `json:"expiresAt"`
		}
		sent := now()
		date, err := exchange(rocket, req, &reply)
		if err != nil {
			return token{}, err
		}
		return issued(reply.Token, reply.ExpiresAt, sent, date)
	}
}

// oauthV1 is the deprecated login. Its expires_in holds a Unix time, not a duration.
func (a *Account) oauthV1(rocket http.RoundTripper, now func() time.Time) func(context.Context) (token, error) {
	return func(ctx context.Context) (token, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.OAuth.String()+"/oauth2/token", nil)
		if err != nil {
			return token{}, err
		}
		req.SetBasicAuth(a.Username, a.Password.Reveal())
		var reply struct {
			AccessToken string `json:"access_token"`
			ExpiresIn   int64  `json:"expires_in"`
		}
		sent := now()
		date, err := exchange(rocket, req, &reply)
		if err != nil {
			return token{}, err
		}
		return issued(reply.AccessToken, reply.ExpiresIn, sent, date)
	}
}

// exchange sends a login and reads its reply. date is what Rocket's clock says, or the zero time.
func exchange(rocket http.RoundTripper, req *http.Request, reply any) (date time.Time, err error) {
	req.Header.Set("Accept", "application/json")
	resp, err := rocket.RoundTrip(req)
	if err != nil {
		return date, unreachable(err)
	}
	defer drain(resp)
	if resp.StatusCode != http.StatusOK {
		return date, loginRefused(resp)
	}
	if err := unusable(resp); err != nil {
		return date, err
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxLoginReply))
	if err != nil {
		return date, unread(err)
	}
	if err := checkStart(content); err != nil {
		return date, err
	}
	if err := json.Unmarshal(content, reply); err != nil { // the error may quote the content, so it is not kept
		return date, invalid("Rocket's login response is not the JSON of a login.")
	}
	date, _ = http.ParseTime(resp.Header.Get("Date"))
	return date, nil
}
