package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestProblemsKeepTheContract(t *testing.T) {
	_, router := contract(t)
	a := newAPI(t)
	for target, header := range map[string][]string{
		usages + "&view=A&foo=1": nil,
		"/v1/azure/by-day":       {"Accept", "text/html"},
		"/v1/gcp/by-tag":         {"Cookie", strings.Repeat("x", 70<<10)},
		"/v1/oracle/usages":      nil,
		"/v1/aws/by-month":       {"Cache-Control", "only-if-cached"},
	} {
		conforms(t, router, target, a.get(target, header...))
	}
	for _, kind := range []fault.Kind{
		fault.UpstreamRejected, fault.UpstreamCredentials, fault.UpstreamError, fault.UpstreamInvalidResponse, fault.UpstreamTimeout, fault.Internal,
	} {
		a := newAPI(t)
		a.fails(&fault.Error{Kind: kind, Detail: "Something."})
		conforms(t, router, usages, a.get(usages))
	}
}

// What callers may be told on every path that asks for a token.
func TestRefusalsKeepTheContract(t *testing.T) {
	doc, router := contract(t)
	issuer := httptest.NewServer(http.NotFoundHandler())
	defer issuer.Close()
	a := newAPI(t, withTokens(t), withRate(t, "1/1h"))
	waiting := newAPI(t, withTokens(t, func(o *auth.Options) { o.Secret, o.JWKSURL = nil, issuer.URL }))
	for path := range doc.Paths.Map() {
		target := strings.Replace(path, "{provider}", "azure", 1)
		caller := a.person(path, distributors("*"))
		caller.get(target)
		for status, resp := range map[int]*http.Response{
			401: a.get(target),
			403: person{a, sign(t, with(claimsOf(path), jwt.MapClaims{"scope": "cache:purge"}))}.get(target),
			429: caller.get(target),
			503: person{waiting, "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"}.get(target), // {"alg":"ES256"}, {}
		} {
			if resp.StatusCode != status {
				t.Errorf("%s: %d, want %d", target, resp.StatusCode, status)
			}
			conforms(t, router, target, resp)
		}
	}
}

// The problems that the contract shows are what callers read.
func TestExamplesAreReal(t *testing.T) {
	doc, _ := contract(t)
	issuer := httptest.NewServer(http.NotFoundHandler())
	defer issuer.Close()
	a := newAPI(t, withTokens(t), withRate(t, "5/1h"))
	waiting := newAPI(t, withTokens(t, func(o *auth.Options) { o.Secret, o.JWKSURL = nil, issuer.URL }))
	ana := a.person("ana", customers("c-1", "c-2"))
	answers := []*http.Response{
		a.get(usages), ana.get(usages + "&customer_id=c-9"), ana.get("/v1/oracle/usages"), ana.do("POST", usages),
		ana.get(usages, "Accept", "text/html"), ana.get("/v1/azure/usages?start_time=2025-06-01&customer=1"),
		ana.get(usages, "Cache-Control", "only-if-cached"), ana.get(usages),
		person{waiting, "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"}.get(usages), // {"alg":"ES256"}, {}
	}
	shown := shownProblems(doc)
	for _, resp := range answers {
		got := problem(t, resp)
		want := shown[strings.TrimPrefix(got.Type, "/problems/")]
		if got.Detail != want["detail"] || got.Title != want["title"] || float64(got.Status) != want["status"] {
			t.Errorf("the contract shows %v, callers see %+v", want, got)
		}
	}
}

// shownProblems are the examples of the contract by their names.
func shownProblems(doc *openapi3.T) map[string]map[string]any {
	shown := map[string]map[string]any{}
	for _, r := range doc.Components.Responses {
		if content := r.Value.Content["application/problem+json"]; content != nil {
			for name, example := range content.Examples {
				shown[name], _ = example.Value.Value.(map[string]any)
			}
		}
	}
	return shown
}

// Every type of problem has a page, and the contract shows each.
func TestEveryProblemIsExplained(t *testing.T) {
	doc, _ := contract(t)
	shown := shownProblems(doc)
	for _, kind := range []fault.Kind{
		fault.InvalidRequest, fault.Unauthorized, fault.Forbidden, fault.NotFound, fault.MethodNotAllowed, fault.NotAcceptable, fault.URITooLong,
		fault.HeadersTooLarge, fault.RateLimited, fault.Internal, fault.AuthUnavailable, fault.CacheMiss, fault.UpstreamRejected,
		fault.UpstreamCredentials, fault.UpstreamError, fault.UpstreamInvalidResponse, fault.UpstreamUnavailable, fault.UpstreamTimeout,
	} {
		resp := newAPI(t).get("/problems/" + string(kind))
		page := body(t, resp)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, "<code>"+string(kind)+"</code>") {
			t.Errorf("%s: %d %s", kind, resp.StatusCode, page)
		}
		if shown[string(kind)] == nil {
			t.Errorf("%s has no example in the contract", kind)
		}
	}
}
