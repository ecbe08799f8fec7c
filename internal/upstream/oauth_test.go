package upstream_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// oauthTokens is the deprecated login, with the instant of expiry, an hour later, as the vendor sends it.
func oauthTokens(now func() time.Time) response {
	return func(w http.ResponseWriter, _ *http.Request, n int) {
		w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		sendJSON(w, map[string]any{
			"access_token": fmt.Sprintf("token-%d", n), "expires_in": now().Add(time.Hour).Unix(), "token_type": "Bearer",
		})
	}
}

func oauthOptions(t *testing.T, server string) settings {
	t.Helper()
	o := options(t, server)
	o.Account.OAuth = address(t, server+"/api/v1")
	return o
}

func TestOAuthLoginRequest(t *testing.T) {
	r := start(t, oauthTokens(time.Now), returns("[]"))
	mustFetch(t, connect(t, oauthOptions(t, r.URL)))
	logins, queries := r.seen()
	login := logins[0]
	if login.method != "GET" || login.path != "/api/v1/oauth2/token" || login.body != "" {
		t.Errorf("got %s %s with body %q", login.method, login.path, login.body)
	}
	wantHeader(t, login, "Accept", "application/json")
	user, pass, ok := (&http.Request{Header: login.header}).BasicAuth()
	if !ok || user != username || pass != password {
		t.Errorf("got %q and %q", user, pass)
	}
	wantHeader(t, queries[0], "Authorization", "Bearer token-1")
}

// Read as a duration, expires_in would keep the token for half a century.
func TestOAuthExpiryIsATime(t *testing.T) {
	var c clock
	r := start(t, oauthTokens(c.now), returns("[]"))
	o := oauthOptions(t, r.URL)
	o.Now = c.now
	client := connect(t, o)
	for _, at := range []time.Duration{0, 54 * time.Minute, time.Hour, 114 * time.Minute} {
		c.set(at)
		mustFetch(t, client)
	}
	r.wantCounts(t, 2, 4)
}

func TestOAuthRefusedTokenIsReplaced(t *testing.T) {
	r := start(t, oauthTokens(time.Now), refuses("token-1"))
	mustFetch(t, connect(t, oauthOptions(t, r.URL)))
	r.wantCounts(t, 2, 2)
}

func TestOAuthLoginFailures(t *testing.T) {
	expiry := fmt.Sprint(today.Unix())
	tests := map[string]struct {
		login  response
		kind   fault.Kind
		status int
	}{
		"refused":    {responds(401), fault.UpstreamCredentials, 401},
		"broken":     {responds(500), fault.UpstreamError, 500},
		"no JSON":    {returns("<html>"), fault.UpstreamInvalidResponse, 200},
		"no token":   {returns(`{"expires_in":` + expiry + `}`), fault.UpstreamInvalidResponse, 200},
		"no expiry":  {returns(`{"access_token":"t"}`), fault.UpstreamInvalidResponse, 200},
		"v4's reply": {returns(`{"token":"t","expiresAt":` + expiry + `}`), fault.UpstreamInvalidResponse, 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, test.login, returns("[]"))
			_, err := fetch(t, connect(t, oauthOptions(t, r.URL)), usages(t))
			wantFault(t, err, test.kind, test.status)
			r.wantCounts(t, 1, 0)
		})
	}
}

// e30 is {}; the other payload is {"exp":1000000000}, so no token has the time of its issue.
func TestOAuthTokenThatHasExpired(t *testing.T) {
	for name, token := range map[string]string{"opaque": "t", "no claims": "e30.e30.c2ln", "no iat": "e30.eyJleHAiOjEwMDAwMDAwMDB9.c2ln"} {
		t.Run(name, func(t *testing.T) {
			r := start(t, returns(`{"access_token":"`+token+`","expires_in":1000000000,"token_type":"Bearer"}`), returns("[]"))
			_, err := fetch(t, connect(t, oauthOptions(t, r.URL)), usages(t))
			e := wantFault(t, err, fault.UpstreamInvalidResponse, 200)
			if !strings.Contains(e.Detail, "has expired") {
				t.Error(e)
			}
			r.wantCounts(t, 1, 0)
		})
	}
}

func TestIdentity(t *testing.T) {
	base := options(t, "https://rocket.test/rocketsvc")
	same, other := base, []settings{base, base, base, base}
	same.Account.Password = "another"
	other[0].Account.Username = "another"
	other[1].Account.Base = address(t, "https://rocket.test")
	other[2].Account.OAuth = address(t, "https://rocket.test/api/v1")
	other[3].Account.OAuth = address(t, "https://rocket.test/api/v2")
	identity := connect(t, base).Identity()
	if connect(t, same).Identity() != identity || strings.Contains(identity, "rocket") || len(identity) < 16 {
		t.Errorf("got %s", identity)
	}
	seen := map[string]bool{identity: true}
	for i, o := range other {
		if id := connect(t, o).Identity(); seen[id] {
			t.Errorf("account %d shares its identity with another", i)
		} else {
			seen[id] = true
		}
	}
}
