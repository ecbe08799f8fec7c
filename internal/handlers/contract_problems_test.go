package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// examplesOfProblems returns those of the default response, which all operations share.
func examplesOfProblems(model *v3.Document) (map[string]document, error) {
	shown := map[string]document{}
	failed := model.Components.Responses.GetOrZero("Failed").Content.GetOrZero("application/problem+json")
	for name, example := range failed.Examples.FromOldest() {
		var d document
		if err := example.Value.Decode(&d); err != nil {
			return nil, err
		}
		if d.Type != "/problems/"+name {
			return nil, fmt.Errorf("the example %s is a %s", name, d.Type)
		}
		shown[name] = d
	}
	return shown, nil
}

// failures returns the documented statuses of failures of an operation: those of the examples. GET /v1/me has no provider in its path and
// needs no Rocket.
func (c *contract) failures(o documented) (statuses []int) {
	for _, d := range c.problems {
		if o.path != "/v1/me" || !slices.Contains([]int{404, 502, 504}, d.Status) {
			statuses = append(statuses, d.Status)
		}
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// failureFields are the fields that failures of a status have (with "!") or may have. Others have none of them.
var failureFields = map[int]string{
	400: "Cache-Status RateLimit RateLimit-Policy",
	401: "WWW-Authenticate!",
	403: "WWW-Authenticate RateLimit RateLimit-Policy",
	404: "RateLimit RateLimit-Policy",
	405: "Allow!",
	406: "RateLimit RateLimit-Policy",
	429: "Retry-After! RateLimit RateLimit-Policy",
	500: "Cache-Status RateLimit RateLimit-Policy",
	502: "Cache-Status RateLimit RateLimit-Policy",
	503: "Retry-After! Cache-Status RateLimit RateLimit-Policy",
	504: "Cache-Status RateLimit RateLimit-Policy",
}

// failureViolations returns the fields that a failure lacks, and those that it must not have.
func failureViolations(resp *http.Response) (all []string) {
	documented := strings.Fields(failureFields[resp.StatusCode])
	for _, name := range []string{"WWW-Authenticate", "Allow", "Retry-After", "Cache-Status", "RateLimit", "RateLimit-Policy"} {
		present := len(resp.Header.Values(name)) > 0
		required := slices.Contains(documented, name+"!")
		if required && !present || present && !required && !slices.Contains(documented, name) {
			all = append(all, fmt.Sprintf("a %d has the field %s: %v", resp.StatusCode, name, present))
		}
	}
	return all
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
	shown := theContract(t).problems
	for _, resp := range responses {
		got := problem(t, resp)
		want := shown[strings.TrimPrefix(got.Type, "/problems/")]
		if got.Detail != want.Detail || got.Title != want.Title || got.Status != want.Status {
			t.Errorf("the contract shows %+v, callers see %+v", want, got)
		}
	}
}

// Every type of problem has a page, and the contract shows each.
func TestEveryProblemIsExplained(t *testing.T) {
	shown := theContract(t).problems
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
