package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Every fault is named at once, without a request to Rocket.
func TestBadInput(t *testing.T) {
	long := strings.Repeat("x", 257)
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"unknown":                {"customer=1", []string{"customer"}},
		"unknown, any case":      {"Period=current", []string{"Period"}},
		"repeated":               {"view=customers&view=customers", []string{"view"}},
		"repeated, once empty":   {"cost=&cost=a", []string{"cost"}},
		"three times is once":    {"cost=a&cost=a&cost=a", []string{"cost"}},
		"bad percent":            {"customer_id=%zz", []string{"customer_id"}},
		"bad percent in a name":  {"%zz=1", []string{"%zz"}},
		"cut percent":            {"customer_id=a%2", []string{"customer_id"}},
		"semicolon":              {"period=current;view=customers", []string{"period"}},
		"semicolon in a value":   {"customer_id=a;b", []string{"customer_id"}},
		"bad date":               {"start_time=2025-06-31&end_time=2025-07-01", []string{"start_time"}},
		"malformed is not twice": {"start_time=2025-06-01&end_time=%zz", []string{"end_time"}},
		"NUL":                    {"customer_id=%00", []string{"customer_id"}},
		"not UTF-8":              {"customer_id=%ff", []string{"customer_id"}},
		"end first":              {"start_time=2025-06-02&end_time=2025-06-01", []string{"start_time", "end_time"}},
		"both ways to say when":  {"start_time=2025-06-01&end_time=2025-06-02&period=current", []string{"period", "start_time", "end_time"}},
		"all at once": {
			"foo=1&view=A&view=B&customer_id=" + long + "&start_time=x&period=y&catalog=%zz&cost=%0A",
			[]string{"foo", "view", "catalog", "period", "start_time", "end_time", "customer_id", "cost"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			resp := a.get("/v1/azure/usages?" + c.query)
			d := problem(t, resp)
			if resp.StatusCode != 400 || d.Type != "/problems/invalid-request" || d.Instance != "/v1/azure/usages" {
				t.Fatalf("%+v", d)
			}
			var got []string
			for _, e := range d.Errors {
				got = append(got, e.Parameter)
				if e.Message == "" || strings.Contains(e.Message, "strconv") {
					t.Errorf("%s: message %q", e.Parameter, e.Message)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if n := a.calls.Load(); n != 0 {
				t.Errorf("%d requests to Rocket", n)
			}
			if got := resp.Header.Get("Cache-Status"); got != "" {
				t.Errorf("Cache-Status %q on a request that went nowhere", got)
			}
		})
	}
}

func TestASuggestion(t *testing.T) {
	d := problem(t, newAPI(t).get("/v1/azure/usages?custmer_id=1"))
	if got, want := d.Errors[0].Message, "is not a parameter of this call; did you mean customer_id?"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAFloodOfFaultsIsBounded(t *testing.T) {
	resp := newAPI(t).get("/v1/azure/usages?" + strings.Repeat("a&b&", 100) + floodOfNames(5000))
	if d := problem(t, resp); len(d.Errors) > 60 {
		t.Errorf("%d faults were written", len(d.Errors))
	}
}

func floodOfNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i%11) + "&")
	}
	return b.String()
}

func TestPathsAndMethods(t *testing.T) {
	for _, c := range []struct {
		method, target string
		status         int
		slug           string
	}{
		{"POST", "/", 405, "method-not-allowed"},
		{"GET", "/v1/azure", 404, "not-found"},
		{"GET", "/v1/azure/usages/", 404, "not-found"},
		{"GET", "/v1/azure/usage", 404, "not-found"},
		{"GET", "/v1/oracle/usages", 404, "not-found"},
		{"GET", "/v1/Azure/usages", 404, "not-found"},
		{"GET", "/v1/oracle/usages?foo=bar", 404, "not-found"},
		{"GET", "/v1//usages", 404, "not-found"},
		{"GET", "/v1/az%75re/usagez", 404, "not-found"},
		{"GET", "/problems/none", 404, "not-found"},
		{"GET", "/docs/none.js", 404, "not-found"},
		{"GET", "/docs/assets/none.js", 404, "not-found"},
		{"GET", "/docs/../docs.go", 404, "not-found"},
		{"POST", "/v1/azure/usages", 405, "method-not-allowed"},
		{"PUT", "/v1/gcp/by-day", 405, "method-not-allowed"},
		{"DELETE", "/v1/aws/customers?foo=bar", 405, "method-not-allowed"},
		{"PATCH", "/openapi.json", 405, "method-not-allowed"},
		{"BREW", "/v1/azure/usages", 405, "method-not-allowed"},
		{"POST", "/nowhere", 404, "not-found"},
		{"POST", "/v1/oracle/usages", 404, "not-found"},
		{"OPTIONS", "/v1/oracle/usages", 404, "not-found"},
		{"BREW", "/nowhere", 404, "not-found"},
		{"POST", "/v1/az%75re/us%61ges", 405, "method-not-allowed"},
	} {
		a := newAPI(t)
		resp := a.do(c.method, c.target)
		d := problem(t, resp)
		if resp.StatusCode != c.status || d.Type != "/problems/"+c.slug {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.target, resp.StatusCode, d.Type, c.status, c.slug)
		}
		if c.status == 405 && resp.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s %s: Allow %q", c.method, c.target, resp.Header.Get("Allow"))
		}
		if a.calls.Load() != 0 {
			t.Errorf("%s %s went to Rocket", c.method, c.target)
		}
	}
}

func TestOptions(t *testing.T) {
	resp := newAPI(t).do(http.MethodOptions, usages)
	if resp.StatusCode != 204 || resp.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("%d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

func TestOversizedRequests(t *testing.T) {
	a := newAPI(t)
	resp := a.get("/v1/azure/usages?customer_id=" + strings.Repeat("x", 100<<10))
	if d := problem(t, resp); resp.StatusCode != 414 || d.Type != "/problems/uri-too-long" {
		t.Errorf("%+v", d)
	}
	resp = a.get(usages, "Cookie", strings.Repeat("x", 64<<10))
	if d := problem(t, resp); resp.StatusCode != 431 || d.Type != "/problems/headers-too-large" {
		t.Errorf("%+v", d)
	}
	resp = a.get("/" + strings.Repeat("x", 5000))
	if d := problem(t, resp); len(d.Instance) > 1024 {
		t.Errorf("an instance of %d bytes", len(d.Instance))
	}
	if a.calls.Load() != 0 {
		t.Error("a request to Rocket")
	}
}

// The largest request that the contract allows: every text at 256 characters of four bytes, percent-encoded.
func TestTheLargestValidRequestFits(t *testing.T) {
	text := strings.Repeat("%F0%9D%94%98", 255)
	var b strings.Builder
	b.WriteString("/v1/azure/usages?start_time=2025-06-01&end_time=2025-06-30&view=" + strings.Repeat("v", 64))
	for _, name := range []string{
		"distributor_id", "reseller_id", "customer_id", "subscription_id", "resource_group", "resource_id", "invoice_type", "cost",
	} {
		b.WriteString("&" + name + "=a" + text)
	}
	for i := range 20 {
		b.WriteString("&catalog=" + string(rune('a'+i)) + text)
	}
	if resp := newAPI(t).get(b.String()); resp.StatusCode != 200 {
		t.Errorf("%d for %d bytes", resp.StatusCode, b.Len())
	}
}

// The table of problems that come from Rocket.
func TestUpstreamProblems(t *testing.T) {
	for _, c := range []struct {
		fault       fault.Error
		status      int
		cacheStatus string
		retryAfter  string
	}{
		{fault.Error{Kind: fault.UpstreamRejected, Status: 422}, 400, "fwd=miss; fwd-status=422", ""},
		{fault.Error{Kind: fault.UpstreamCredentials, Status: 401}, 502, "fwd=miss; fwd-status=401", ""},
		{fault.Error{Kind: fault.UpstreamError, Status: 500}, 502, "fwd=miss; fwd-status=500", ""},
		{fault.Error{Kind: fault.UpstreamError, Status: 503, RetryAfter: time.Hour}, 502, "fwd=miss; fwd-status=503", ""},
		{fault.Error{Kind: fault.UpstreamError}, 502, "fwd=miss", ""},
		{fault.Error{Kind: fault.UpstreamInvalidResponse, Status: 200}, 502, "fwd=miss; fwd-status=200", ""},
		{fault.Error{Kind: fault.UpstreamUnavailable, Status: 429, RetryAfter: 1500 * time.Millisecond}, 503, "fwd=miss; fwd-status=429", "2"},
		{fault.Error{Kind: fault.UpstreamUnavailable, RetryAfter: time.Second}, 503, "fwd=miss", "1"},
		{fault.Error{Kind: fault.UpstreamTimeout}, 504, "fwd=miss", ""},
	} {
		a := newAPI(t)
		c.fault.Detail, c.fault.Cause = "For callers.", errors.New("dial rocket.internal:443: secret")
		a.fails(&c.fault)
		resp := a.get(usages)
		d := problem(t, resp)
		if resp.StatusCode != c.status || d.Type != "/problems/"+string(c.fault.Kind) || d.Detail != "For callers." {
			t.Errorf("%s: %d %+v", c.fault.Kind, resp.StatusCode, d)
		}
		if (d.Errors != nil) != (c.status == 400) || len(d.Errors) > 0 {
			t.Errorf("%s: errors %v, want an empty list on a 400 alone", c.fault.Kind, d.Errors)
		}
		if got := resp.Header.Get("Cache-Status"); got != "rocket-gateway; "+c.cacheStatus {
			t.Errorf("%s: Cache-Status %q", c.fault.Kind, got)
		}
		if got := resp.Header.Get("Retry-After"); got != c.retryAfter {
			t.Errorf("%s: Retry-After %q, want %q", c.fault.Kind, got, c.retryAfter)
		}
	}
}

func TestUnknownErrorsSayNothing(t *testing.T) {
	a := newAPI(t)
	a.fails(errors.New("secret"))
	resp := a.get(usages)
	if d := problem(t, resp); resp.StatusCode != 500 || d.Type != "/problems/internal-error" || strings.Contains(d.Detail, "secret") {
		t.Errorf("%+v", d)
	}
}

func TestAPanicIsAProblem(t *testing.T) {
	var log bytes.Buffer
	a := newAPI(t, func(o *handlers.Options) {
		o.Account = func(*query.Query, func(string) []string) (string, bool) { panic("boom") }
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	resp := a.get(usages)
	if d := problem(t, resp); resp.StatusCode != 500 || strings.Contains(d.Detail, "boom") {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "middleware.go") {
		t.Errorf("the log does not tell of the panic: %s", log.String())
	}
}

func TestNothingIsSentToACallerThatLeft(t *testing.T) {
	a := newAPI(t)
	waiting := make(chan struct{})
	defer close(waiting)
	a.rocket = func(*query.Query) ([]byte, error) { <-waiting; return []byte(`[]`), nil }
	ctx, leave := context.WithCancel(t.Context())
	leave()
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, usages, nil))
	if w.Body.Len() != 0 {
		t.Errorf("%d bytes", w.Body.Len())
	}
	wantCounted(t, a, "requests_total none "+usagesRoute+" 499")
}

func TestTheBasePathIsInLinks(t *testing.T) {
	a := newAPI(t, func(o *handlers.Options) { o.BasePath = "/costs" })
	if d := problem(t, a.get("/v1/azure/usages?x=1")); d.Type != "/costs/problems/invalid-request" || d.Instance != "/costs/v1/azure/usages" {
		t.Errorf("%+v", d)
	}
	if d := problem(t, a.get("/nowhere")); d.Detail != "There is no such resource. GET /costs/docs/ shows what there is." {
		t.Errorf("detail %q", d.Detail)
	}
	if got := a.get("/docs").Header.Get("Location"); got != "/costs/docs/" {
		t.Errorf("Location %q", got)
	}
	if got := body(t, a.get("/openapi.yaml")); !strings.Contains(got, "\n  - url: /costs/\n") {
		t.Error("the contract does not name the prefix as its server")
	}
	if got := body(t, a.get("/openapi.json")); strings.Count(got, `"url": "/costs/"`) != 1 {
		t.Error("the contract as JSON does not name the prefix as its server")
	}
}

// Resolve parses a target as the routes do: the same parameters are the same query, with the same faults.
func TestResolveParsesAsTheRoutesDo(t *testing.T) {
	a := newAPI(t)
	server := handlers.New(handlers.Options{Account: oneAccount, Location: time.UTC, Now: a.now})
	const everything = "/v1/gcp/by-tag?start_time=2025-06-01&end_time=2025-06-02&distributor_id=d&reseller_id=r&customer_id=c&" +
		"subscription_id=s&resource_group=g&resource_id=i&view=v&invoice_type=2&cost=customers&catalog=b&catalog=a"
	a.responds(`{}`)
	if resp := a.get(everything); resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode)
	}
	q, err := server.Resolve(everything)
	q.Account = "account"
	if err != nil || q.Key() != a.last.Key() {
		t.Errorf("%v: %+v, want %+v", err, q, a.last)
	}
	for target, kind := range map[string]fault.Kind{
		"/v1/azure/usages?foo=1": fault.InvalidRequest, "/v1/azure/usages?view=a&view=b": fault.InvalidRequest,
		"/v1/azure/nothing": fault.NotFound, "/v1/oracle/usages": fault.NotFound, "usages": fault.NotFound, "": fault.NotFound,
	} {
		if _, err := server.Resolve(target); fault.Of(err).Kind != kind {
			t.Errorf("%q: %v, want %s", target, err, kind)
		}
	}
}

// A caller that has ended its side of the connection has gone. It must not take an empty response for a success.
func TestACallerThatSendsNoMore(t *testing.T) {
	a := newAPI(t)
	waiting, release := make(chan struct{}, 2), make(chan struct{})
	a.rocket = func(*query.Query) ([]byte, error) {
		waiting <- struct{}{}
		<-release
		return []byte("[]"), nil
	}
	defer close(release)
	server := httptest.NewServer(a.handler)
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /v1/azure/trend?months=2 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-waiting
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if sent, err := io.ReadAll(conn); len(sent) > 0 {
		t.Errorf("%q, %v", sent, err)
	}
}
