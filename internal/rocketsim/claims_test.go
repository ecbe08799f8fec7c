package rocketsim_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

type tokenProfile struct {
	ID           string   `json:"id"`
	Provider     string   `json:"provider"`
	Root         string   `json:"root"`
	ResourceType string   `json:"resource_type"`
	Resources    []string `json:"resources"`
}

type tokenClaims struct {
	Subject     string         `json:"sub"`
	Expires     int64          `json:"exp"`
	NotBefore   int64          `json:"nbf"`
	IssuedAt    int64          `json:"iat"`
	ID          string         `json:"jti"`
	Roles       []string       `json:"roles"`
	Permissions []string       `json:"permissions"`
	Profiles    []tokenProfile `json:"profiles"`
}

// part decodes one part of a token, as anybody can without the key.
func part(t testing.TB, token string, n int) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q has %d parts", token, len(parts))
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[n])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func claimsOf(t testing.TB, token string) tokenClaims {
	t.Helper()
	return decode[tokenClaims](t, part(t, token, 1))
}

func TestTokenClaimsAreTheVendors(t *testing.T) {
	t.Parallel()
	c := serve(t, rocketsim.Options{TokenLifetime: time.Hour})
	token := c.login(t).Token
	header := decode[map[string]string](t, part(t, token, 0))
	if diff := cmp.Diff(map[string]string{"alg": "HS256", "typ": "JWT"}, header); diff != "" {
		t.Error(diff)
	}
	expectMembers(t, "["+part(t, token, 1)+"]", "exp", "nbf", "iat", "jti", "roles", "permissions", "profiles")
	got := claimsOf(t, token)
	if now := today.Unix(); got.Expires != now+3600 || got.NotBefore != now || got.IssuedAt != now {
		t.Errorf("now is %d: %+v", now, got)
	}
	if got.ID == "" || got.Subject == "" || len(got.Roles) == 0 {
		t.Errorf("%+v", got)
	}
	var of []string
	last := len(got.Profiles) - 1
	if p := got.Profiles[last]; p.Provider != "azure/licenses" || p.Root != "br" || p.ResourceType != "" {
		t.Errorf("the page has a profile of licences at the end, not %+v", p)
	}
	for _, p := range got.Profiles[:last] {
		of = append(of, p.Provider)
		if p.ID == "" || p.Root == "" || p.ResourceType != "distributors" || len(p.Resources) == 0 || p.Resources[0] != p.Root {
			t.Errorf("profile %+v", p)
		}
		if short := len(p.Root) < 4; short != (p.Provider != "azure") {
			t.Errorf("%s: root %q should be a GUID on azure and a short number elsewhere", p.Provider, p.Root)
		}
	}
	if diff := cmp.Diff(providers, of); diff != "" {
		t.Error(diff)
	}
}

// TestProfilesReachTheWorld: the ids in the token are the distributors that the queries know.
func TestProfilesReachTheWorld(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, p := range claimsOf(t, c.token).Profiles {
		if p.ResourceType == "" {
			continue
		}
		rows := get[[]usage](t, c, p.Provider+"/usages", month("2026-04").with("view", "distributors"))
		if len(rows) != len(p.Resources) {
			t.Errorf("%s: %d distributors for %d ids", p.Provider, len(rows), len(p.Resources))
		}
		for _, id := range p.Resources {
			rowOf(t, rows, id)
		}
	}
}
