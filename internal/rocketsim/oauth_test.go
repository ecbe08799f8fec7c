package rocketsim_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

func basic(name, pass string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+pass))
}

// oauth requests a token as the deprecated page has it: no body, so no content type either.
func (c *client) oauth(t testing.TB, authorization string) reply {
	t.Helper()
	header := map[string]string{"Authorization": authorization, "Content-Type": ""}
	return c.send(t, http.MethodGet, "/api/v1/oauth2/token", "", header)
}

func TestOAuthV1(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "/rocketsvc"} {
		t.Run("below "+base+"/api", func(t *testing.T) {
			c := serve(t, rocketsim.Options{TokenLifetime: time.Hour})
			c.url = strings.TrimSuffix(c.url, "/rocketsvc") + base
			r := c.oauth(t, basic(username, password))
			if r.status != http.StatusOK {
				t.Fatalf("%d %s", r.status, r.body)
			}
			got := decode[struct {
				AccessToken string `json:"access_token"`
				ExpiresIn   int64  `json:"expires_in"`
				TokenType   string `json:"token_type"`
			}](t, string(r.body))
			// A Unix time and no duration, whatever the name says.
			if want := today.Add(time.Hour).Unix(); got.ExpiresIn != want || claimsOf(t, got.AccessToken).Expires != want {
				t.Errorf("expires_in %d, want %d", got.ExpiresIn, want)
			}
			if got.TokenType != "Bearer" {
				t.Errorf("token_type %q", got.TokenType)
			}
			c.token = got.AccessToken
			c.fetch(t, "azure/usages", month("2026-04"))
		})
	}
}

func TestOAuthV1Refuses(t *testing.T) {
	t.Parallel()
	c := serve(t, rocketsim.Options{})
	for name, authorization := range map[string]string{
		"nothing": "", "a wrong password": basic(username, "guess"), "a wrong user": basic("eve", password),
		"no colon": "Basic " + base64.StdEncoding.EncodeToString([]byte(username)), "a bearer": "Bearer " + c.login(t).Token,
	} {
		if r := c.oauth(t, authorization); r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if r := c.send(t, http.MethodPost, "/api/v1/oauth2/token", "", nil); r.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", r.status)
	}
}
