package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
)

// withRate and withQuota set the limits, counted by the test's clock in this process alone.
func withRate(t testing.TB, text string) func(*handlers.Options) {
	t.Helper()
	return func(o *handlers.Options) {
		o.Rate = ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: limit(t, text), Now: o.Now})
	}
}

func withQuota(t testing.TB, text string) func(*handlers.Options) {
	t.Helper()
	return func(o *handlers.Options) {
		o.Quota = ratelimit.New(ratelimit.Options{Name: ratelimit.Upstream, Limit: limit(t, text), Now: o.Now})
	}
}

func limit(t testing.TB, text string) rate.Limit {
	t.Helper()
	l, err := rate.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// rateLimits is what a response has about limits, and its outcome.
type rateLimits struct {
	status        int
	limits        []string
	retry, reason string
}

func limitsOf(t *testing.T, resp *http.Response) rateLimits {
	t.Helper()
	s := rateLimits{status: resp.StatusCode, limits: resp.Header["Ratelimit"], retry: resp.Header.Get("Retry-After")}
	if s.status == http.StatusTooManyRequests {
		s.reason = problem(t, resp).Detail
	}
	return s
}

func wants(t *testing.T, resp *http.Response, want rateLimits) {
	t.Helper()
	if diff := cmp.Diff(want, limitsOf(t, resp), cmp.AllowUnexported(rateLimits{})); diff != "" {
		t.Helper()
		t.Error(diff)
	}
}

const (
	tooOften         = "You send more requests than this gateway allows."
	tooOftenUpstream = "Your requests reach Rocket more often than this gateway allows; cached responses are free."
)

// Every request counts, whatever its outcome; beyond the limit there is a Retry-After.
func TestRateLimit(t *testing.T) {
	a := newAPI(t, withTokens(t), withRate(t, "4/1m"))
	ana := a.person("ana", distributors("*"))
	first := ana.get(usages)
	wants(t, first, rateLimits{status: 200, limits: []string{`"requests";r=3;t=15`}})
	if got := first.Header["Ratelimit-Policy"]; !cmp.Equal(got, []string{`"requests";q=4;w=60`}) {
		t.Errorf("RateLimit-Policy %q", got)
	}
	wants(t, ana.get(usages, "If-None-Match", "*"), rateLimits{status: 304, limits: []string{`"requests";r=2;t=15`}})
	wants(t, ana.get(usages+"&foo=1"), rateLimits{status: 400, limits: []string{`"requests";r=1;t=15`}})
	a.pass(time.Second)
	wants(t, ana.do(http.MethodHead, usages), rateLimits{status: 200, limits: []string{`"requests";r=0;t=14`}})
	wants(t, ana.get(usages), rateLimits{status: 429, limits: []string{`"requests";r=0;t=14`}, retry: "14", reason: tooOften})
	a.pass(13500 * time.Millisecond)
	wants(t, ana.get(usages), rateLimits{status: 429, limits: []string{`"requests";r=0;t=1`}, retry: "1", reason: tooOften})
	a.pass(500 * time.Millisecond)
	wants(t, ana.get(usages), rateLimits{status: 200, limits: []string{`"requests";r=0;t=15`}})
}

// The refusal to the letter.
func TestTooManyRequests(t *testing.T) {
	a := newAPI(t, withTokens(t), withRate(t, "1/1h"))
	ana := a.person("ana", distributors("*"))
	ana.get(usages)
	resp := ana.get(usages, "X-Request-Id", "one")
	want := http.Header{
		"Cache-Control":           {"no-store"},
		"Content-Length":          {resp.Header.Get("Content-Length")},
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"Content-Type":            {"application/problem+json"},
		"Ratelimit":               {`"requests";r=0;t=3600`},
		"Ratelimit-Policy":        {`"requests";q=1;w=3600`},
		"Referrer-Policy":         {"no-referrer"},
		"Retry-After":             {"3600"},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Request-Id":            {"one"},
	}
	if diff := cmp.Diff(want, resp.Header); diff != "" {
		t.Error(diff)
	}
	if d := problem(t, resp); d.Type != "/problems/rate-limited" {
		t.Errorf("%+v", d)
	}
}

// Callers are counted by their identity, not by their tokens; requests without a valid token are not counted.
func TestCallersAreCountedApart(t *testing.T) {
	a := newAPI(t, withTokens(t), withRate(t, "2/1m"))
	ana, bia := a.person("ana", distributors("*")), a.person("bia", distributors("*"))
	renewed := person{a, sign(t, with(claimsOf("ana", distributors("*")), map[string]any{"jti": "2"}))}
	for range 3 {
		if resp := a.get(usages); resp.StatusCode != 401 || resp.Header.Get("RateLimit") != "" {
			t.Errorf("without a token: %d, RateLimit %q", resp.StatusCode, resp.Header.Get("RateLimit"))
		}
	}
	for i, want := range []int{200, 200, 429} {
		if got := []person{ana, renewed, ana}[i].get(usages).StatusCode; got != want {
			t.Errorf("ana's request %d: %d, want %d", i+1, got, want)
		}
	}
	if got := bia.get(usages).StatusCode; got != 200 {
		t.Errorf("bia's first request: %d", got)
	}
}

// Where there are no tokens the address counts, whatever port a connection has.
func TestAddressesAreCountedApart(t *testing.T) {
	a := newAPI(t, withRate(t, "2/1m"))
	for _, c := range []struct {
		address string
		want    int
	}{
		{"192.0.2.1:1000", 200}, {"192.0.2.1:2000", 200}, {"192.0.2.1:3000", 429},
		{"192.0.2.2:1000", 200}, {"[2001:db8::1]:1000", 200}, {"@", 200},
	} {
		r := httptest.NewRequest(http.MethodGet, usages, nil)
		r.RemoteAddr = c.address
		r.Header.Set("X-Forwarded-For", c.address) // anybody can say so
		w := httptest.NewRecorder()
		if a.handler.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.address, w.Code, c.want)
		}
	}
}

// The quota counts fetches from Rocket: a response from the cache is free, a no-cache is not.
func TestUpstreamQuota(t *testing.T) {
	a := newAPI(t, withTokens(t), withQuota(t, "2/1h"))
	ana, bia := a.person("ana", distributors("*")), a.person("bia", distributors("*"))
	first := ana.get(usages)
	if got := first.Header["Ratelimit-Policy"]; !cmp.Equal(got, []string{`"upstream";q=2;w=3600`}) {
		t.Errorf("RateLimit-Policy %q", got)
	}
	wants(t, first, rateLimits{status: 200, limits: []string{`"upstream";r=1;t=1800`}})
	for range 4 {
		wants(t, ana.get(usages), rateLimits{status: 200})
	}
	a.pass(time.Minute)
	wants(t, ana.get(usages, "Cache-Control", "no-cache"), rateLimits{status: 200, limits: []string{`"upstream";r=0;t=1740`}})
	spent := rateLimits{status: 429, limits: []string{`"upstream";r=0;t=1740`}, retry: "1740", reason: tooOftenUpstream}
	wants(t, ana.get(usages, "Cache-Control", "no-cache"), spent)
	refused := ana.get("/v1/azure/by-day")
	if got := refused.Header; !cmp.Equal(got["Ratelimit-Policy"], []string{`"upstream";q=2;w=3600`}) || got.Get("Cache-Status") != "" {
		t.Errorf("RateLimit-Policy %q, Cache-Status %q: no request to Rocket", got["Ratelimit-Policy"], got.Get("Cache-Status"))
	}
	wants(t, refused, spent)
	wants(t, ana.get(usages), rateLimits{status: 200})
	wants(t, bia.get("/v1/azure/by-day"), rateLimits{status: 200, limits: []string{`"upstream";r=1;t=1800`}})
	wants(t, ana.get("/v1/azure/by-day"), rateLimits{status: 200})
	if n := a.calls.Load(); n != 3 {
		t.Errorf("%d requests to Rocket, want 3", n)
	}
}

// A fetch that Rocket refuses or fails counts too.
func TestFailuresCount(t *testing.T) {
	a := newAPI(t, withTokens(t), withQuota(t, "1/1h"))
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 500, Detail: "Rocket returned 500."})
	ana := a.person("ana", distributors("*"))
	wants(t, ana.get(usages), rateLimits{status: 502, limits: []string{`"upstream";r=0;t=3600`}})
	wants(t, ana.get("/v1/azure/by-day"),
		rateLimits{status: 429, limits: []string{`"upstream";r=0;t=3600`}, retry: "3600", reason: tooOftenUpstream})
}

// A caller with nothing left gets a stale entry, however old, rather than a refusal.
func TestStaleRatherThanRefused(t *testing.T) {
	a := newAPI(t, withTokens(t), withQuota(t, "1/24h"))
	ana := a.person("ana", distributors("*"))
	ana.get(usages)
	a.pass(30 * time.Minute)
	resp := ana.get(usages)
	wants(t, resp, rateLimits{status: 200})
	if got := resp.Header.Get("Cache-Status"); got != "rocket-gateway; hit; ttl=-1500; detail=memory" || resp.Header.Get("Age") != "1800" {
		t.Errorf("Cache-Status %q, Age %s", got, resp.Header.Get("Age"))
	}
	if n := a.calls.Load(); n != 1 {
		t.Errorf("%d requests to Rocket", n)
	}
}

// A request that counts against both limits has the fields of both, also if it is refused.
func TestBothLimits(t *testing.T) {
	a := newAPI(t, withTokens(t), withRate(t, "60/1m"), withQuota(t, "1/1h"))
	ana := a.person("ana", distributors("*"))
	wants(t, ana.get(usages), rateLimits{status: 200, limits: []string{`"requests";r=59;t=1`, `"upstream";r=0;t=3600`}})
	resp := ana.get("/v1/azure/by-day")
	if got, want := resp.Header["Ratelimit-Policy"], []string{`"requests";q=60;w=60`, `"upstream";q=1;w=3600`}; !cmp.Equal(got, want) {
		t.Errorf("RateLimit-Policy %q, want %q", got, want)
	}
	wants(t, resp, rateLimits{
		status: 429, limits: []string{`"requests";r=58;t=1`, `"upstream";r=0;t=3600`}, retry: "3600", reason: tooOftenUpstream,
	})
}

// A waiter on another caller's fetch pays nothing for it.
func TestWaitersAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, withTokens(t), withQuota(t, "1/1h"))
		land := make(chan struct{})
		a.rocket = func(*query.Query) ([]byte, error) { <-land; return []byte(`[]`), nil }
		ana, bia := a.person("ana", distributors("*")), a.person("bia", distributors("*"))
		led, rode := make(chan *http.Response, 1), make(chan *http.Response, 1)
		go func() { led <- ana.get(usages) }()
		synctest.Wait()
		go func() { rode <- bia.get(usages) }()
		synctest.Wait()
		close(land)
		wants(t, <-led, rateLimits{status: 200, limits: []string{`"upstream";r=0;t=3600`}})
		resp := <-rode
		wants(t, resp, rateLimits{status: 200})
		if got := resp.Header.Get("Cache-Status"); got != "rocket-gateway; fwd=miss; collapsed" {
			t.Errorf("Cache-Status %q", got)
		}
		if got := ana.get("/v1/azure/by-day").StatusCode; got != 429 {
			t.Errorf("leader: %d, want 429", got)
		}
		if got := bia.get("/v1/azure/by-day").StatusCode; got != 200 {
			t.Errorf("waiter: %d, want 200", got)
		}
	})
}

// Without limits no response has their fields.
func TestNoLimits(t *testing.T) {
	h := newAPI(t).get(usages).Header
	if h["Ratelimit"] != nil || h["Ratelimit-Policy"] != nil {
		t.Errorf("%v", h)
	}
}
