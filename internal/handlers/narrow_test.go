package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// filters are those of a query that depend on the caller.
type filters struct{ Distributor, Reseller, Customer, View, Cost string }

func filtersOf(q query.Query) filters {
	return filters{q.DistributorID, q.ResellerID, q.CustomerID, q.View, q.Cost}
}

// The queries for a few callers; package tenancy's tests have all the rules.
func TestQueriesAreNarrowed(t *testing.T) {
	for name, c := range map[string]struct {
		profiles []profile
		target   string
		want     filters
	}{
		"one customer": {[]profile{customers("c-1")}, "/v1/azure/usages", filters{"", "", "c-1", "subscriptions", "customers"}},
		"one customer, named": {
			[]profile{customers("c-1")}, "/v1/azure/by-day?customer_id=c-1", filters{"", "", "c-1", "customers", "customers"},
		},
		"one of two": {
			[]profile{customers("c-1", "c-2")}, "/v1/azure/by-day?customer_id=c-2", filters{"", "", "c-2", "customers", "customers"},
		},
		"the list of two":    {[]profile{customers("c-1", "c-2")}, "/v1/azure/usages", filters{"", "", "", "customers", "customers"}},
		"the choices of two": {[]profile{customers("c-1", "c-2")}, "/v1/azure/customers", filters{"", "", "", "customers", "customers"}},
		"a price that is listed": {
			[]profile{{"azure", "customers", []string{"c-1"}, []string{"resellers"}}}, "/v1/azure/usages?cost=resellers",
			filters{"", "", "c-1", "subscriptions", "resellers"},
		},
		"one reseller": {
			[]profile{resellers("r-1")}, "/v1/azure/usages?customer_id=c-9", filters{"", "r-1", "c-9", "subscriptions", "resellers"},
		},
		"reseller and customer": {
			[]profile{resellers("r-1"), customers("c-1")}, "/v1/azure/indicators", filters{"", "r-1", "c-1", "customers", "customers"},
		},
		"all there are": {[]profile{distributors("*")}, "/v1/azure/by-day", filters{"", "", "", "resellers", "resellers"}},
		"all there are, any cost": {
			[]profile{distributors("*")}, "/v1/azure/usages?cost=internal&view=tenants", filters{"", "", "", "tenants", "internal"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withTokens(t))
			if resp := a.person("ana", c.profiles...).get(c.target); resp.StatusCode != 200 {
				t.Fatalf("%d %s", resp.StatusCode, body(t, resp))
			}
			if diff := cmp.Diff(c.want, filtersOf(a.last)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A refusal names the caller's own grants alone: an id that exists and one that does not look the same.
func TestQueriesOutOfReach(t *testing.T) {
	for name, c := range map[string]struct {
		profiles []profile
		target   string
		detail   string
	}{
		"another's customer": {[]profile{customers("c-1", "c-2")}, "/v1/azure/usages?customer_id=c-9",
			"customer_id is outside your profiles for azure. Leave it out, or name one of your ids: GET /v1/me lists them."},
		"a level above": {
			[]profile{customers("c-1")}, "/v1/azure/usages?reseller_id=r-1",
			"reseller_id is above your level at azure, which is customers, and no profile grants it. Leave it out.",
		},
		"a list above": {
			[]profile{customers("*")}, "/v1/azure/resellers",
			"The list of resellers is above your level at azure, which is customers. Use customers or subscriptions.",
		},
		"a price above": {
			[]profile{customers("c-1")}, "/v1/azure/by-day?cost=resellers",
			"cost names a price that is unknown or above your level at azure, which is customers, " +
				"and that your profiles do not list for all that you request. Use customers.",
		},
		"another provider": {
			[]profile{customers("c-1")}, "/v1/aws/usages",
			"Your token has no profile for aws, and nothing is granted without one. " +
				"Ask its issuer for one, or use a provider that GET /v1/me lists.",
		},
		"no profile": {
			nil, "/v1/azure/usages",
			"Your token has no profile for azure, and nothing is granted without one. " +
				"Ask its issuer for one, or use a provider that GET /v1/me lists.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withTokens(t))
			resp := a.person("ana", c.profiles...).get(c.target)
			d := problem(t, resp)
			if resp.StatusCode != 403 || d.Type != "/problems/forbidden" || d.Detail != c.detail || d.Errors != nil {
				t.Errorf("%d %+v\nwant %s", resp.StatusCode, d, c.detail)
			}
			if n := a.calls.Load(); n != 0 {
				t.Errorf("%d requests to Rocket", n)
			}
		})
	}
}

// All missing ids are named at once, with the caller's own to choose from.
func TestMissingIDs(t *testing.T) {
	a := newAPI(t, withTokens(t))
	ana := a.person("ana", resellers("r-1", "r-2"), customers("c-1", "c-2", "c-3", "c-4"))
	resp := ana.get("/v1/azure/by-month")
	d := problem(t, resp)
	want := []struct{ Parameter, Message string }{
		{"reseller_id", `is needed here, since your profiles grant 2 resellers: choose "r-1" or "r-2"`},
		{"customer_id", `is needed here, since your profiles grant 4 customers: choose "c-1", "c-2", "c-3" or 1 more, which GET /v1/me lists`},
	}
	if diff := cmp.Diff(want, d.Errors); diff != "" || resp.StatusCode != 400 || d.Type != "/problems/invalid-request" {
		t.Errorf("%d %s %s", resp.StatusCode, d.Type, diff)
	}
	if resp := ana.get("/v1/azure/by-month?reseller_id=r-1&customer_id=c-9"); resp.StatusCode != 403 {
		t.Errorf("one in reach, one not: %d, want 403", resp.StatusCode)
	}
	if resp := ana.get("/v1/azure/by-month?reseller_id=r-1&customer_id=c-4"); resp.StatusCode != 200 {
		t.Errorf("chosen: %d", resp.StatusCode)
	}
}

// What the profiles refuse is refused whatever else is wrong; nothing is refused for a parameter that cannot be read.
func TestReachComesBeforeForm(t *testing.T) {
	a := newAPI(t, withTokens(t))
	for name, c := range map[string]struct {
		profiles []profile
		target   string
		status   int
	}{
		"no profile":               {nil, "/v1/azure/usages?foo=1&customer_id=c-9", 403},
		"another's customer":       {[]profile{customers("a", "b")}, "/v1/azure/by-day?foo=1&customer_id=c", 403},
		"a price above":            {[]profile{customers("a", "b")}, "/v1/azure/by-day?foo=1&cost=resellers", 403},
		"a list above":             {[]profile{customers("a", "b")}, "/v1/azure/resellers?foo=1", 403},
		"a view above":             {[]profile{customers("a", "b")}, "/v1/azure/usages?period=x&view=resellers", 403},
		"a customer that is given": {[]profile{customers("a", "b")}, "/v1/azure/by-day?foo=1&customer_id=a", 400},
		"twice another's customer": {[]profile{customers("a", "b")}, "/v1/azure/by-day?customer_id=c&customer_id=c", 400},
		"no provider":              {nil, "/v1/oracle/usages?foo=1", 404},
	} {
		resp := a.person("ana", c.profiles...).get(c.target)
		if d := problem(t, resp); resp.StatusCode != c.status || (d.Errors != nil) != (c.status == 400) {
			t.Errorf("%s: %d %+v, want %d", name, resp.StatusCode, d, c.status)
		}
	}
	if resp := a.person("ana").get("/v1/azure/usages", "Accept", "text/html"); resp.StatusCode != 406 {
		t.Errorf("%d, want 406", resp.StatusCode)
	}
	if n := a.calls.Load(); n != 0 {
		t.Errorf("%d requests to Rocket", n)
	}
}

// The faults of the query string and what the caller has to choose are named together.
func TestFaultsAndMissingIDs(t *testing.T) {
	a := newAPI(t, withTokens(t))
	priced := profile{"azure", "customers", []string{"a"}, []string{"resellers"}}
	for _, c := range []struct {
		profiles []profile
		target   string
		want     []string
	}{
		{[]profile{customers("a", "b")}, "/v1/azure/by-day?foo=1", []string{"foo", "customer_id"}},
		{[]profile{customers("a", "b")}, "/v1/azure/by-day?foo=1&customer_id=a", []string{"foo"}},
		{[]profile{customers("a", "b")}, "/v1/azure/by-day?foo=1&customer_id=a&customer_id=b", []string{"foo", "customer_id"}},
		{[]profile{customers("a", "b")}, "/v1/azure/usages?foo=1", []string{"foo"}},
		{[]profile{customers("a")}, "/v1/azure/by-day?foo=1", []string{"foo"}},
		{[]profile{resellers("r", "s"), customers("a", "b")}, "/v1/azure/by-day?period=x", []string{"period", "reseller_id", "customer_id"}},
		{[]profile{resellers("r", "s")}, "/v1/azure/usages?view=X", []string{"view"}},                      // resellers needs no choice
		{[]profile{distributors("d", "e")}, "/v1/azure/usages?view=X", []string{"view", "distributor_id"}}, // every view needs one
		{[]profile{priced, customers("b")}, "/v1/azure/by-day?cost=resellers&customer_id=a&customer_id=a", []string{"customer_id"}},
	} {
		resp := a.person("ana", c.profiles...).get(c.target)
		var got []string
		for _, e := range problem(t, resp).Errors {
			got = append(got, e.Parameter)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || resp.StatusCode != 400 {
			t.Errorf("%s: %d %s", c.target, resp.StatusCode, diff)
		}
	}
}

// The service account is picked by the token's claims; without one for the caller, the request is refused.
func TestAccountsArePickedByClaims(t *testing.T) {
	a := newAPI(t, withTokens(t), func(o *handlers.Options) {
		o.Account = func(q *query.Query, claim func(string) []string) (string, bool) {
			return strings.Join(claim("groups"), "+") + "/" + q.CustomerID, claim("groups") != nil
		}
	})
	claims := claimsOf("ana", customers("c-1"))
	if resp := (person{a, sign(t, with(claims, jwt.MapClaims{"groups": []string{"north", "south"}}))}).get(usages); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, body(t, resp))
	}
	if a.last.Account != "north+south/c-1" {
		t.Errorf("account %q, want that of the claim and the query", a.last.Account)
	}
	resp := person{a, sign(t, claims)}.get(usages)
	if d := problem(t, resp); resp.StatusCode != 403 || !strings.Contains(d.Detail, "No service account") {
		t.Errorf("%d %+v", resp.StatusCode, d)
	}
}

// The caller of AUTH_MODE=none has full access: its query is the request, completed with the defaults.
func TestAllowAllNarrowsNothing(t *testing.T) {
	a := newAPI(t)
	a.responds(`{}`)
	server := handlers.New(handlers.Options{Location: time.UTC, Now: a.now})
	for _, provider := range []string{"azure", "aws", "gcp"} {
		for _, e := range query.Endpoints() {
			for _, parameters := range []string{
				"", "view=tenants&cost=internal", "distributor_id=d", "reseller_id=r", "customer_id=c", "customer_id=c&view=resellers",
				"view=customers&cost=distributors", "subscription_id=s&resource_group=g&resource_id=i&catalog=b&catalog=a&period=2025-05",
			} {
				target := "/v1/" + provider + "/" + e.Name + "?" + parameters
				want, err := server.Resolve(target)
				want.Account = "account"
				resp := a.get(target, "Cache-Control", "no-cache")
				if err != nil || resp.StatusCode != 200 || a.last.Key() != want.Key() || body(t, resp) != `{}` {
					t.Errorf("%s: %d %v, query %+v, want %+v", target, resp.StatusCode, err, a.last, want)
				}
				a.pass(time.Hour)
			}
		}
	}
}
