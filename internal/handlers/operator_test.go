package handlers_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// asked returns what Rocket was sent, in the order of keys.
func asked(a *api) (keys func() []string) {
	var mu sync.Mutex
	var all []string
	a.rocket = func(q *query.Query) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, q.Key().String())
		return echo(q)
	}
	return func() []string { slices.Sort(all); return all }
}

// expanded returns the same for what Expand returns.
func expanded(t *testing.T, a *api, target string) (location string, keys []string) {
	t.Helper()
	location, parts, err := a.server.Expand(target)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	for _, part := range parts {
		q := part.Query
		q.Account = "account"
		keys = append(keys, q.Key().String())
	}
	slices.Sort(keys)
	return location, keys
}

// Expand returns the queries that a request with full access has Rocket sent, and its Content-Location.
func TestExpand(t *testing.T) {
	for _, target := range []string{
		"/v1/azure/usages", "/v1/azure/usages?customer_id=c-1&sort=-actual&limit=2&q=x", "/v1/gcp/by-tag?period=2025-06", "/v1/aws/resellers",
		"/v1/azure/usages/top?n=3&by=last", "/v1/azure/trend?months=3&until=previous", "/v1/azure/trend?months=2&align=days&customer_id=c-1",
		"/v1/azure/overview?view=subscriptions", "/v1/azure/overview?period=2025-05&customer_id=c-1",
	} {
		a := newAPI(t, withBasePath("/costs"))
		keys := asked(a)
		resp := a.get(target)
		want := resp.Header.Get("Content-Location")
		if resp.StatusCode != 200 || want == "" {
			t.Fatalf("%s: %d %s", target, resp.StatusCode, body(t, resp))
		}
		for _, spelled := range []string{target, "/costs" + target, want} {
			location, got := expanded(t, a, spelled)
			if location != want || !slices.Equal(got, keys()) {
				t.Errorf("%s: %d queries, location %s, want %d, %s", spelled, len(got), location, len(keys()), want)
			}
		}
	}
}

// The Content-Location of a restricted caller's response names its very query. That of an overview does not name the view of all parts.
func TestExpandTheLocationOfARestrictedCaller(t *testing.T) {
	for _, target := range []string{"/v1/azure/usages", "/v1/azure/by-day", "/v1/azure/customers", "/v1/azure/trend?months=2"} {
		a := newAPI(t, withTokens(t))
		keys := asked(a)
		ana := a.person("ana", customers("c-1"))
		location := ana.get(target).Header.Get("Content-Location")
		if got, all := expanded(t, a, location); got != location || !slices.Equal(all, keys()) {
			t.Errorf("%s: %s, want %s", target, got, location)
		}
	}
}

func TestExpandNamesParts(t *testing.T) {
	a := newAPI(t)
	for target, want := range map[string]string{
		"/v1/azure/usages": "", "/v1/azure/usages/top": "", "/v1/azure/trend?months=2": "2025-05 2025-06",
		"/v1/azure/overview": "indicators by_day by_category top",
	} {
		_, parts, err := a.server.Expand(target)
		var names []string
		for _, part := range parts {
			names = append(names, part.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", target, got, err, want)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	a := newAPI(t)
	for target, kind := range map[string]fault.Kind{
		"": fault.NotFound, "/v1/me": fault.NotFound, "/v1/azure": fault.NotFound, "/v1/azure/nothing": fault.NotFound, "/docs/": fault.NotFound,
		"/v1/oracle/usages": fault.NotFound, "https://gateway.example.com/v1/azure/usages": fault.NotFound, "usages": fault.NotFound,
		"/v1/azure/usages?x=1": fault.InvalidRequest, "/v1/azure/trend?months=1": fault.InvalidRequest,
		"/v1/azure/usages?n=1": fault.InvalidRequest,
	} {
		if _, _, err := a.server.Expand(target); fault.Of(err).Kind != kind {
			t.Errorf("%q: %v, want %s", target, err, kind)
		}
	}
}
