package rocketsim_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// clock is a time that a test moves while the server reads it.
type clock struct{ late atomic.Int64 }

func (c *clock) now() time.Time { return today.Add(time.Duration(c.late.Load())) }

func (c *clock) set(late time.Duration) { c.late.Store(int64(late)) }

func TestBadTokensAreRefused(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	parts := strings.Split(c.token, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	for name, authorization := range map[string]string{
		"no header":            "",
		"no token":             "Bearer ",
		"garbage":              "Bearer garbage",
		"garbage in parts":     "Bearer a.b.c",
		"other scheme":         "Basic " + c.token,
		"no scheme":            c.token,
		"basic authentication": basic(username, password),
		"cut short":            "Bearer " + c.token[:len(c.token)-4],
		"no signature":         "Bearer " + parts[0] + "." + parts[1] + ".",
		"alg none":             "Bearer " + unsigned,
		"another key":          "Bearer " + signedElsewhere(t),
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"Authorization": authorization}
			r := c.send(t, http.MethodPost, "/api/v4/azure/usages", month("2026-04").String(), header)
			expectRefusal(t, r, http.StatusUnauthorized)
		})
	}
}

// signedElsewhere is a good token of a simulator with another password.
func signedElsewhere(t *testing.T) string {
	t.Helper()
	c := serve(t, rocketsim.Options{Password: "another"})
	body := credentials("Username", "Password", username, "another")
	return decode[loginReply](t, string(c.send(t, http.MethodPost, "/api/v4/auth/login", body, nil).body)).Token
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	var at clock
	c := open(t, rocketsim.Options{TokenLifetime: time.Hour, Now: at.now})
	for _, test := range []struct {
		after time.Duration
		want  int
	}{
		{0, 200}, {time.Hour - time.Second, 200}, {time.Hour, 401}, {24 * time.Hour, 401},
	} {
		at.set(test.after)
		if r := c.try(t, "azure/usages", month("2026-04")); r.status != test.want {
			t.Errorf("after %s: %d, want %d", test.after, r.status, test.want)
		}
	}
	c.token = c.login(t).Token
	c.fetch(t, "azure/usages", month("2026-04"))
}

// TestTokensLastADay where no lifetime is given.
func TestTokensLastADay(t *testing.T) {
	t.Parallel()
	if got, want := serve(t, rocketsim.Options{}).login(t).ExpiresAt, today.Add(24*time.Hour).Unix(); got != want {
		t.Errorf("expiresAt %d, want %d", got, want)
	}
}

func TestLoginRefuses(t *testing.T) {
	t.Parallel()
	c := serve(t, rocketsim.Options{})
	good := credentials("Username", "Password", username, password)
	tests := []struct {
		name, body, contentType string
		want                    int
	}{
		{"wrong password", credentials("Username", "Password", username, "guess"), "application/json", 401},
		{"wrong user", credentials("Username", "Password", "eve", password), "application/json", 401},
		{"longer password", credentials("Username", "Password", username, password+" "), "application/json", 401},
		{"no password", `{"Username":"ana@example.com"}`, "application/json", 401},
		{"nobody", `{}`, "application/json", 401},
		{"other keys", credentials("user", "pass", username, password), "application/json", 401},
		{"not JSON", "Username=ana", "application/json", 400},
		{"empty", "", "application/json", 400},
		{"number as a password", `{"Username":"ana","Password":1}`, "application/json", 400},
		{"form", good, "application/x-www-form-urlencoded", 415},
		{"no content type", good, "", 415},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := map[string]string{"Authorization": "", "Content-Type": test.contentType}
			expectRefusal(t, c.send(t, http.MethodPost, "/api/v4/auth/login", test.body, header), test.want)
		})
	}
}
