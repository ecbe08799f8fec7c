package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The examples that the contract shows are served as Rocket's bodies, and come back as the contract describes them.
func TestExamplesOfBodies(t *testing.T) {
	c := theContract(t)
	names := map[string]string{
		"usages": "Usages", "indicators": "Indicators", "by-day": "BreakdownByDay", "by-month": "BreakdownByMonth",
		"by-publisher": "BreakdownByPublisher", "by-category": "TreeByCategory", "by-tag": "TreeByTag", "customers": "Customers",
		"subscriptions": "Subscriptions", "resellers": "Resellers",
	}
	for _, e := range query.Endpoints() {
		var value any
		if err := c.model.Components.Examples.GetOrZero(names[e.Name]).Value.Decode(&value); err != nil {
			t.Fatal(err)
		}
		example, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		a := newAPI(t)
		a.responds(string(example))
		target := "/v1/azure/" + e.Name
		if got := wantConforming(t, target, a.get(target)); got != string(example) {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// The problems that the contract shows are what callers read.
func TestExamplesOfProblems(t *testing.T) {
	issuer := httptest.NewServer(http.NotFoundHandler())
	defer issuer.Close()
	a := newAPI(t, withTokens(t), withRate(t, "5/1h"))
	waiting := newAPI(t, withTokens(t, func(o *auth.Options) { o.Secret, o.JWKSURL = nil, issuer.URL }))
	ana := a.person("ana", customers("c-1", "c-2"))
	responses := []*http.Response{
		a.get(usages), ana.get(usages + "&customer_id=c-9"), ana.get("/v1/oracle/usages"), ana.do("POST", usages),
		ana.get(usages, "Accept", "text/html"), ana.get("/v1/azure/usages?start_time=2025-06-01&customer=1"),
		ana.get(usages, "Cache-Control", "only-if-cached"), ana.get(usages),
		person{waiting, "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"}.get(usages), // {"alg":"ES256"}, {}
	}
	shown := theContract(t).problems(t)
	for _, resp := range responses {
		got := problem(t, resp)
		want := shown[strings.TrimPrefix(got.Type, "/problems/")]
		if got.Detail != want.Detail || got.Title != want.Title || got.Status != want.Status {
			t.Errorf("the contract shows %+v, callers see %+v", want, got)
		}
	}
}

// problems returns the examples of problems by the last segment of their type.
func (c *contract) problems(t *testing.T) map[string]document {
	t.Helper()
	shown := map[string]document{}
	for _, r := range c.model.Components.Responses.FromOldest() {
		if r.Content == nil || r.Content.GetOrZero("application/problem+json") == nil {
			continue
		}
		content := r.Content.GetOrZero("application/problem+json")
		for name, example := range content.Examples.FromOldest() {
			var d document
			if err := example.Value.Decode(&d); err != nil {
				t.Fatal(err)
			}
			shown[name] = d
		}
	}
	return shown
}

// Every type of problem has a page, and the contract shows each.
func TestEveryProblemIsExplained(t *testing.T) {
	shown := theContract(t).problems(t)
	for _, kind := range []fault.Kind{
		fault.InvalidRequest, fault.Unauthorized, fault.Forbidden, fault.NotFound, fault.MethodNotAllowed, fault.NotAcceptable,
		fault.URITooLong, fault.HeadersTooLarge, fault.RateLimited, fault.Internal, fault.AuthUnavailable, fault.CacheMiss,
		fault.UpstreamRejected,
		fault.UpstreamCredentials, fault.UpstreamError, fault.UpstreamInvalidResponse, fault.UpstreamUnavailable, fault.UpstreamTimeout,
	} {
		resp := newAPI(t).get("/problems/" + string(kind))
		page := body(t, resp)
		html := resp.Header.Get("Content-Type") == "text/html; charset=utf-8"
		if resp.StatusCode != 200 || !html || !strings.Contains(page, "<code>"+string(kind)+"</code>") {
			t.Errorf("%s: %d %s", kind, resp.StatusCode, page)
		}
		if shown[string(kind)].Title == "" {
			t.Errorf("%s has no example in the contract", kind)
		}
	}
}
