package conformance_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// The client has a constant for each type of problem of the contract, and no others.
func TestTypesOfProblems(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var constants []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "ProblemType" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			constants = append(constants, value)
		}
		return true
	})
	documented := theContract(t).Components.Responses["Failed"].Content["application/problem+json"].Examples
	if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), slices.Sorted(slices.Values(constants))); diff != "" {
		t.Errorf("-contract +client:\n%s", diff)
	}
}

// wantProblem checks that an error is a problem of a type, with all that a caller needs.
func wantProblem(t *testing.T, err error, want client.ProblemType, status int) *client.Problem {
	t.Helper()
	var problem *client.Problem
	if !errors.As(err, &problem) {
		t.Fatalf("got %v, want %s", err, want)
	}
	if problem.Type != want || problem.Status != status || problem.Title == "" || problem.Detail == "" || problem.RequestID == "" {
		t.Errorf("got %+v, want %s", problem, want)
	}
	return problem
}

func TestProblems(t *testing.T) {
	g := start(t, "PUBLIC_BASE_PATH=/costs")
	g.url = behind(t, g.url, "/costs")
	c := g.client(everything(client.Azure))
	_, err := c.Usages(t.Context(), client.Azure, client.UsagesParams{StartTime: "2025-06-01", View: "X"})
	if p := wantProblem(t, err, client.ProblemInvalidRequest, http.StatusBadRequest); len(p.Errors) != 2 || p.Instance != "/costs/v1/azure/usages" {
		t.Errorf("got %+v", p)
	}
	_, err = c.ByTag(t.Context(), client.AWS, client.ByTagParams{})
	wantProblem(t, err, client.ProblemForbidden, http.StatusForbidden)
	_, err = c.Trend(t.Context(), "oracle", client.TrendParams{})
	wantProblem(t, err, client.ProblemNotFound, http.StatusNotFound)
	_, err = c.Indicators(t.Context(), client.Azure, client.IndicatorsParams{CacheControl: "only-if-cached"})
	wantProblem(t, err, client.ProblemCacheMiss, http.StatusGatewayTimeout)
	stranger, err := client.New(g.url, client.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})))
	if err != nil {
		t.Fatal(err)
	}
	_, err = stranger.Me(t.Context())
	wantProblem(t, err, client.ProblemUnauthorized, http.StatusUnauthorized)
}

// behind returns the URL of an ingress that exposes a gateway below a prefix.
func behind(t *testing.T, gateway, prefix string) string {
	t.Helper()
	target, err := url.Parse(gateway)
	if err != nil {
		t.Fatal(err)
	}
	ingress := httptest.NewServer(http.StripPrefix(prefix, httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(ingress.Close)
	return ingress.URL + prefix
}

// A caller over its limit waits for as long as the gateway says, unless that is too long.
func TestRateLimit(t *testing.T) {
	g := start(t, "RATE_LIMIT=1/1s")
	c := g.client(everything(client.Azure))
	for range 3 {
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c = start(t, "RATE_LIMIT=1/1h").client(everything(client.Azure))
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Me(t.Context())
	if p := wantProblem(t, err, client.ProblemRateLimited, http.StatusTooManyRequests); p.RetryAfter < time.Minute {
		t.Errorf("retry after %s", p.RetryAfter)
	}
}

func TestRefusedCredentialsAreNoProblemOfTheGateways(t *testing.T) {
	g := start(t)
	c := g.clientWithSecret("wrong", everything(client.Azure))
	var refused *oauth2.RetrieveError
	if _, err := c.Me(t.Context()); !errors.As(err, &refused) || refused.Response.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
}
