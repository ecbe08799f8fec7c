package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	spec "github.com/rocket-gateway/rocket-gateway/api"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func contract(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.YAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// conforms holds a response against the contract: status, headers and body.
func conforms(t *testing.T, router routers.Router, target string, resp *http.Response) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	route, path, err := router.FindRoute(r)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: path, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(content)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s %d: %v", target, resp.StatusCode, err)
		return
	}
	shown := route.Operation.Responses.Status(resp.StatusCode).Value.Headers
	for name := range resp.Header {
		if _, ok := shown[documented(name)]; !ok && !slices.Contains(general, name) {
			t.Errorf("%s %d: the contract does not tell of %s", target, resp.StatusCode, name)
		}
	}
}

// general are header fields that answers have as any server's may.
var general = []string{"Content-Type", "Content-Length", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"}

// documented is a field's name as the contract writes it.
func documented(name string) string {
	for _, written := range []string{"ETag", "WWW-Authenticate", "RateLimit", "RateLimit-Policy"} {
		if strings.EqualFold(name, written) {
			return written
		}
	}
	return name
}

// The examples that the contract shows are served as Rocket's answers, and must come back as the contract describes them.
func TestAnswersKeepTheContract(t *testing.T) {
	doc, router := contract(t)
	examples := map[string]string{
		"usages": "Usages", "indicators": "Indicators", "by-day": "BreakdownByDay", "by-month": "BreakdownByMonth",
		"by-publisher": "BreakdownByPublisher", "by-category": "TreeByCategory", "by-tag": "TreeByTag", "customers": "Customers",
		"subscriptions": "Subscriptions", "resellers": "Resellers",
	}
	for _, e := range query.Endpoints() {
		a := newAPI(t, withRate(t, "100/1m"))
		example, err := json.Marshal(doc.Components.Examples[examples[e.Name]].Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		a.says(string(example))
		target := "/v1/azure/" + e.Name
		resp := a.get(target)
		tag := resp.Header.Get("Etag")
		conforms(t, router, target, resp)
		conforms(t, router, target, a.get(target, "If-None-Match", tag))
	}
}
