package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

var secret = []byte("a-secret-of-thirty-two-bytes-....")

// withTokens has the API ask for tokens, and check them by the test's clock.
func withTokens(t testing.TB, change ...func(*auth.Options)) func(*handlers.Options) {
	t.Helper()
	return func(o *handlers.Options) {
		options := auth.Options{
			Secret: secret, ProfilesClaim: "profiles", Now: o.Now, Log: o.Log,
			ParseProfiles: func(claim json.RawMessage) (any, int) {
				p := tenancy.Parse(claim)
				return p, p.Weight()
			},
		}
		for _, f := range change {
			f(&options)
		}
		v, err := auth.New(options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.Close)
		o.Auth = v
	}
}

// profile is one of a token's, in the vendor's words.
type profile struct {
	Provider  string   `json:"provider"`
	Type      string   `json:"resource_type"`
	Resources []string `json:"resources"`
	Costs     []string `json:"costs,omitempty"`
}

func distributors(ids ...string) profile { return profile{"azure", "distributors", ids, nil} }
func resellers(ids ...string) profile    { return profile{"azure", "resellers", ids, nil} }
func customers(ids ...string) profile    { return profile{"azure", "customers", ids, nil} }

// claimsOf are those of a caller that may use the API until an hour from noon.
func claimsOf(subject string, profiles ...profile) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": "https://login.example.com", "sub": subject, "azp": "portal", "scope": "usage:read",
		"exp": noon.Add(time.Hour).Unix(), "profiles": profiles,
	}
}

func with(claims, change jwt.MapClaims) jwt.MapClaims {
	changed := maps.Clone(claims)
	maps.Copy(changed, change)
	return changed
}

func sign(t testing.TB, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// person is a caller with a token.
type person struct {
	api   *api
	token string
}

func (a *api) person(subject string, profiles ...profile) person {
	a.t.Helper()
	return person{a, sign(a.t, claimsOf(subject, profiles...))}
}

func (p person) get(target string, header ...string) *http.Response {
	p.api.t.Helper()
	return p.do(http.MethodGet, target, header...)
}

func (p person) do(method, target string, header ...string) *http.Response {
	p.api.t.Helper()
	return p.api.do(method, target, append([]string{"Authorization", "Bearer " + p.token}, header...)...)
}
