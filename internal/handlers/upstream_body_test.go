package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// rocketOf starts a Rocket that sends the body for every request, and has the API fetch from it as the gateway does.
func rocketOf(t *testing.T, a *api, body *atomic.Value) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/auth/login") {
			_, _ = io.WriteString(w, `{"token":"t","expiresAt":4102444800}`)
			return
		}
		_, _ = io.WriteString(w, body.Load().(string))
	}))
	t.Cleanup(s.Close)
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: 8, QueueWait: time.Minute, Timeout: time.Minute, MaxResponseBytes: 1 << 20, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	c := upstream.New(upstream.Options{Account: upstream.Account{Base: base, Username: "u", Password: "p"}, Transport: transport})
	t.Cleanup(c.Close)
	a.rocket = func(q *query.Query) ([]byte, error) { return c.Fetch(t.Context(), q, nil) }
}

func TestABodyOfAnotherShapeReplacesNoEntry(t *testing.T) {
	for endpoint, good := range map[string]string{
		"usages": `[{"id":"1"}]`, "customers": `[{"label":"A","value":"1"}]`, "by-day": `[{"label":"2025-06-01"}]`,
		"indicators": `{"actual":1,"last":2}`, "by-category": `{"name":"all"}`,
	} {
		t.Run(endpoint, func(t *testing.T) {
			a := newAPI(t)
			var rocket atomic.Value
			rocket.Store(good)
			rocketOf(t, a, &rocket)
			target := "/v1/azure/" + endpoint
			if resp := a.get(target); resp.StatusCode != http.StatusOK || body(t, resp) != good {
				t.Fatalf("status %d", resp.StatusCode)
			}
			a.pass(time.Hour)
			rocket.Store(`{"error":"session lost"}`)
			resp := a.get(target)
			if got := body(t, resp); resp.StatusCode != http.StatusOK || got != good {
				t.Errorf("status %d, %s", resp.StatusCode, got)
			}
			if got := resp.Header.Get("Cache-Status"); got != "rocket-gateway; fwd=stale; fwd-status=200" {
				t.Errorf("Cache-Status %q", got)
			}
			d := problem(t, a.get(target+"?reseller_id=r"))
			if d.Status != http.StatusBadGateway || d.Type != "/problems/upstream-invalid-response" {
				t.Errorf("%+v", d)
			}
			a.pass(time.Minute)
			rocket.Store(good)
			if resp := a.get(target + "?reseller_id=r"); resp.StatusCode != http.StatusOK ||
				!strings.HasSuffix(resp.Header.Get("Cache-Status"), "stored") {
				t.Errorf("the bad body was kept: %d %v", resp.StatusCode, resp.Header)
			}
		})
	}
}

// Callers get null for a list as an empty one, with the ETag that an empty list has.
func TestNullForAListIsAnEmptyList(t *testing.T) {
	a := newAPI(t)
	var rocket atomic.Value
	rocketOf(t, a, &rocket)
	tags := map[string]string{}
	for period, sent := range map[string]string{"2025-05": "null", "2025-04": "[]"} {
		rocket.Store(sent)
		resp := a.get("/v1/azure/usages?period=" + period)
		if got := body(t, resp); resp.StatusCode != http.StatusOK || got != "[]" {
			t.Errorf("%s: status %d, %q", sent, resp.StatusCode, got)
		}
		tags[sent] = resp.Header.Get("ETag")
	}
	if tags["null"] != tags["[]"] || tags["null"] == "" {
		t.Errorf("ETags %v", tags)
	}
	rocket.Store("null")
	if d := problem(t, a.get("/v1/azure/indicators")); d.Status != http.StatusBadGateway {
		t.Errorf("null for an object: %+v", d)
	}
}
