package rocketsim_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

type loginReply struct {
	ExpiresAt        int64  `json:"expiresAt"`
	RefreshExpiresAt string `json:"refreshExpiresAt"`
	RefreshToken     string `json:"refreshToken"`
	Token            string `json:"token"`
}

func credentials(nameKey, passwordKey, name, pass string) string {
	b, err := json.Marshal(map[string]string{nameKey: name, passwordKey: pass})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// login logs in as the page has it.
func (c *client) login(t testing.TB) loginReply {
	t.Helper()
	return c.loginWith(t, "Username", "Password")
}

func (c *client) loginWith(t testing.TB, nameKey, passwordKey string) loginReply {
	t.Helper()
	body := credentials(nameKey, passwordKey, username, password)
	r := c.send(t, http.MethodPost, "/api/v4/auth/login", body, map[string]string{"Authorization": ""})
	if r.status != http.StatusOK {
		t.Fatalf("login: %d %s", r.status, r.body)
	}
	return decode[loginReply](t, string(r.body))
}

func TestLoginReplyIsTheVendors(t *testing.T) {
	t.Parallel()
	for _, keys := range [][2]string{{"Username", "Password"}, {"username", "password"}} {
		t.Run(keys[0], func(t *testing.T) {
			c := serve(t, rocketsim.Options{TokenLifetime: 90 * time.Minute})
			got := c.loginWith(t, keys[0], keys[1])
			if want := today.Add(90 * time.Minute).Unix(); got.ExpiresAt != want || claimsOf(t, got.Token).Expires != want {
				t.Errorf("expiresAt %d, exp %d, want %d", got.ExpiresAt, claimsOf(t, got.Token).Expires, want)
			}
			refresh, err := time.Parse(time.RFC3339Nano, got.RefreshExpiresAt)
			if err != nil || !refresh.After(time.Unix(got.ExpiresAt, 0)) || refresh.Nanosecond() != today.Nanosecond() {
				t.Errorf("refreshExpiresAt %q: %v", got.RefreshExpiresAt, err)
			}
			if got.RefreshToken == "" || got.RefreshToken == got.Token {
				t.Errorf("refreshToken %q", got.RefreshToken)
			}
			c.token = got.Token
			c.fetch(t, "azure/usages", month("2026-04"))
		})
	}
}

// TestTokensDiffer: every session has its own, and with the vendor all of them work side by side.
func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	c := serve(t, rocketsim.Options{})
	first, second := c.login(t), c.login(t)
	if first.Token == second.Token || first.RefreshToken == second.RefreshToken {
		t.Error("two logins, one token")
	}
	for _, c.token = range []string{first.Token, second.Token} {
		c.fetch(t, "gcp/usages", month("2026-04"))
	}
}
