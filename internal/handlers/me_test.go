package handlers_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// object is a JSON object as a frontend reads it.
type object = map[string]any

// identity requests /v1/me, checks the response by the contract, and returns it.
func identity(t *testing.T, p person) object {
	t.Helper()
	var me object
	if err := json.Unmarshal([]byte(wantConforming(t, "/v1/me", p.get("/v1/me"))), &me); err != nil {
		t.Fatal(err)
	}
	return me
}

const noProfile = ", and nothing is granted without one. Ask its issuer for one, or use a provider that GET /v1/me lists."

func TestMe(t *testing.T) {
	a := newAPI(t, withTokens(t))
	want := object{
		"issuer": "https://login.example.com", "subject": "ana", "client": "portal", "expires_at": "2025-06-18T13:00:00Z",
		"scopes": []any{"usage:read"},
		"providers": []any{
			object{
				"provider": "azure", "level": "customers",
				"reach": []any{
					object{"resource_type": "distributors", "resources": []any{"*"}},
					object{"resource_type": "customers", "resources": []any{"<c>", "c-1", "c-2"}},
				},
				"views": []any{"customers", "subscriptions"}, "costs": []any{"customers"},
			},
			object{"provider": "aws", "denied": "Your token has no profile for aws" + noProfile},
			object{"provider": "gcp", "denied": "Your token has no profile for gcp" + noProfile},
		},
	}
	if diff := cmp.Diff(want, identity(t, a.person("ana", distributors("*"), customers("c-2", "<c>"), customers("c-1", "c-2")))); diff != "" {
		t.Error(diff)
	}
	if n := a.calls.Load(); n != 0 {
		t.Errorf("%d requests to Rocket", n)
	}
}

// The access to each provider, for other profiles.
func TestMeOfOtherReach(t *testing.T) {
	a := newAPI(t, withTokens(t))
	known := []any{"resellers", "customers", "subscriptions"}
	for name, c := range map[string]struct {
		profiles []profile
		azure    object
	}{
		"all there are": {[]profile{distributors("*")}, object{
			"provider": "azure", "level": "distributors", "reach": []any{object{"resource_type": "distributors", "resources": []any{"*"}}},
			"views": known, "costs": []any{"distributors", "resellers", "customers"},
		}},
		"a reseller": {[]profile{resellers("r-1")}, object{
			"provider": "azure", "level": "resellers", "reach": []any{object{"resource_type": "resellers", "resources": []any{"r-1"}}},
			"views": known, "costs": []any{"resellers", "customers"},
		}},
		"a price that is listed": {[]profile{{"azure", "customers", []string{"c-1"}, []string{"resellers", "partner"}}}, object{
			"provider": "azure", "level": "customers", "reach": []any{object{"resource_type": "customers", "resources": []any{"c-1"}}},
			"views": []any{"customers", "subscriptions"}, "costs": []any{"resellers", "customers", "partner"},
		}},
		"an unknown type": {[]profile{{"azure", "tenants", []string{"t-1"}, nil}, distributors("*")}, object{
			"provider": "azure", "denied": "A profile for azure in your token is malformed or of an unknown resource_type, which denies the " +
				"provider as a whole. The token's issuer must correct it.",
		}},
		"* beside ids": {[]profile{customers("*", "c-1")}, object{
			"provider": "azure", "denied": "Your profiles for azure grant no customers: their resources are empty or not valid. The token's " +
				"issuer must name ids, or \"*\" alone for all.",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			providers := identity(t, a.person("ana", c.profiles...))["providers"].([]any)
			if diff := cmp.Diff(c.azure, providers[0]); diff != "" || len(providers) != 3 {
				t.Error(diff)
			}
		})
	}
}

// A token of a machine names no person.
func TestMeOfAToken(t *testing.T) {
	a := newAPI(t, withTokens(t))
	machine := sign(t, jwt.MapClaims{
		"scp": []string{"usage:read", "cache:purge"}, "client_id": "nightly", "exp": noon.Add(time.Minute).Unix(),
	})
	me := identity(t, person{a, machine})
	delete(me, "providers")
	want := object{"client": "nightly", "expires_at": "2025-06-18T12:01:00Z", "scopes": []any{"cache:purge", "usage:read"}}
	if diff := cmp.Diff(want, me); diff != "" {
		t.Error(diff)
	}
}

// Without tokens every caller has full access, and none has a name.
func TestMeWithoutTokens(t *testing.T) {
	a := newAPI(t)
	var me object
	if err := json.Unmarshal([]byte(wantConforming(t, "/v1/me", a.get("/v1/me"))), &me); err != nil {
		t.Fatal(err)
	}
	var providers []any
	for _, name := range []string{"azure", "aws", "gcp"} {
		providers = append(providers, object{
			"provider": name, "level": "distributors", "reach": []any{object{"resource_type": "distributors", "resources": []any{"*"}}},
			"views": []any{"resellers", "customers", "subscriptions"}, "costs": []any{"distributors", "resellers", "customers"},
		})
	}
	if diff := cmp.Diff(object{"scopes": []any{"usage:read"}, "providers": providers}, me); diff != "" {
		t.Error(diff)
	}
}

// The response depends on the token, and no cache keeps it. HEAD has the same headers.
func TestTheHeadersOfMe(t *testing.T) {
	a := newAPI(t, withTokens(t))
	ana := a.person("ana", customers("c-1"))
	get, head := ana.get("/v1/me", "X-Request-Id", "one"), ana.do(http.MethodHead, "/v1/me", "X-Request-Id", "one")
	want := http.Header{
		"Cache-Control":           {"no-store"},
		"Content-Length":          {get.Header.Get("Content-Length")},
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"Content-Type":            {"application/json"},
		"Referrer-Policy":         {"no-referrer"},
		"Vary":                    {"Authorization, Accept, Accept-Encoding"},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Request-Id":            {"one"},
	}
	for method, resp := range map[string]*http.Response{"GET": get, "HEAD": head} {
		if diff := cmp.Diff(want, resp.Header); diff != "" || resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", method, resp.StatusCode, diff)
		}
	}
	if n, b := len(body(t, get)), body(t, head); b != "" || int64(n) != get.ContentLength {
		t.Errorf("HEAD has the body %q; GET has %d bytes, Content-Length %d", b, n, get.ContentLength)
	}
}

func TestMeRefuses(t *testing.T) {
	a := newAPI(t, withTokens(t), withRate(t, "3/1m"))
	ana := a.person("ana", customers("c-1"))
	resp := ana.get("/v1/me?provider=azure&x=%zz&x=1")
	d := problem(t, resp)
	want := []struct{ Parameter, Message string }{
		{"provider", "is not a parameter of this call"},
		{"x", "is not percent-encoded properly; write a '%' in a value as %25"},
		{"x", "is not a parameter of this call"},
	}
	if diff := cmp.Diff(want, d.Errors); diff != "" || resp.StatusCode != 400 {
		t.Errorf("%d %s", resp.StatusCode, diff)
	}
	if resp := ana.get("/v1/me", "Accept", "text/html"); resp.StatusCode != 406 || problem(t, resp).Type != "/problems/not-acceptable" {
		t.Errorf("Accept: text/html: %d", resp.StatusCode)
	}
	if resp := ana.get("/v1/me"); resp.StatusCode != 200 || resp.Header.Get("RateLimit") != `"requests";r=0;t=20` {
		t.Errorf("the third request: %d, RateLimit %s", resp.StatusCode, resp.Header.Get("RateLimit"))
	}
	if resp := ana.get("/v1/me"); resp.StatusCode != 429 || problem(t, resp).Type != "/problems/rate-limited" {
		t.Errorf("the fourth request: %d, want 429", resp.StatusCode)
	}
}

// The currency is that of the accounts for what the caller's queries name; where nothing is granted, there are none.
func TestMeHasTheCurrency(t *testing.T) {
	type asked struct{ Distributors, Resellers []string }
	got := map[query.Provider]asked{}
	a := newAPI(t, withTokens(t), func(o *handlers.Options) {
		o.Currency = func(p query.Provider, distributors, resellers []string, claim func(string) []string) string {
			got[p] = asked{distributors, resellers}
			if !cmp.Equal(claim("sub"), []string{"ana"}) {
				t.Errorf("sub is %q", claim("sub"))
			}
			return map[query.Provider]string{query.Azure: "BRL", query.GCP: "EUR"}[p]
		}
	})
	ana := a.person("ana", resellers("r-1", "r-2"), profile{"aws", "distributors", []string{"*"}, nil})
	var currencies []any
	for _, provider := range identity(t, ana)["providers"].([]any) {
		currencies = append(currencies, provider.(object)["currency"])
	}
	if diff := cmp.Diff([]any{"BRL", nil, nil}, currencies); diff != "" {
		t.Error(diff)
	}
	want := map[query.Provider]asked{query.Azure: {[]string{""}, []string{"r-1", "r-2", ""}}, query.AWS: {nil, nil}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
