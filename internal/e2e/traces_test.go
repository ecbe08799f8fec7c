package e2e_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestTracesReachACollector(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(*collecting, *testing.T) []string{
		"over HTTP": (*collecting).serveHTTP, "over gRPC": (*collecting).serveGRPC,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c collecting
			wantTraces(t, &c, serve(&c, t))
		})
	}
}

func wantTraces(t *testing.T, c *collecting, env []string) {
	t.Helper()
	var passedOn sync.Map
	sim := simulator()
	rocket := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passedOn.Store(strings.TrimPrefix(r.URL.Path, "/rocketsvc"), r.Header.Get("traceparent"))
		sim.ServeHTTP(w, r)
	}))
	g := serveProcess(t, rocket, env...)

	const trace = "0af7651916cd43dd8448eb211c80319c"
	resp, body := ask(t, http.MethodGet, g.api+usagesPath+"&customer_id=tenant-of-ours", "", "traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	if resp.StatusCode != 200 {
		t.Fatal(body)
	}
	spans, raw := c.of(t, trace, 5)
	names := map[string]*traces.Span{}
	for _, s := range spans {
		names[s.Name] = s
	}
	server := names["GET /v1/{provider}/usages"]
	if server == nil || hex.EncodeToString(server.ParentSpanId) != "b7ad6b7169203331" {
		t.Errorf("no span of the request as its caller's child: %v", names)
	}
	for _, name := range []string{"cache", "fetch", "POST /api/v4/auth/login", "POST /api/v4/{provider}/usages"} {
		if names[name] == nil {
			t.Errorf("no span %q: %v", name, names)
		}
	}
	if parent, _ := passedOn.Load("/api/v4/azure/usages"); !strings.Contains(parent.(string), trace) {
		t.Errorf("Rocket is told %q", parent)
	}
	for _, secret := range []string{"tenant-of-ours", password, "eyJhbGciOi"} {
		if strings.Contains(raw, secret) {
			t.Errorf("the collector learns %q", secret)
		}
	}
	g.awaitLine(`"trace_id":"` + trace)
	testkit.Until(t, "an exemplar leads to the trace", func() bool {
		_, metrics := ask(t, http.MethodGet, g.admin+"/metrics", "", "Accept", "application/openmetrics-text;version=1.0.0")
		return strings.Contains(metrics, `{trace_id="`+trace+`"}`)
	})
}

// No span has a text that a caller chose, whatever the path, nor one that Rocket sent: each may hold a token, or an id of a tenant.
func TestTracesHaveNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0"
	var broken syncFlag
	sim := simulator()
	rocket := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !broken.on.Load() {
			sim.ServeHTTP(w, r)
		} else if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_, _ = io.WriteString(c, secret+"\r\n\r\n") // net/http's error quotes it
			_ = c.Close()
		}
	}))
	var c collecting
	g := serveProcess(t, rocket, c.serveHTTP(t)...)

	const trace = "0af7651916cd43dd8448eb211c80319d"
	send := func(method, target string) {
		ask(t, method, g.api+target, secret, "traceparent", "00-"+trace+"-b7ad6b7169203331-01", "User-Agent", secret,
			"X-Forwarded-For", secret, "Origin", "https://"+secret, "Referer", "https://"+secret)
	}
	targets := []string{"/" + secret, "/v1/" + secret + "/usages", "/docs/" + secret, usagesPath + "&customer_id=" + secret, "/?x=" + secret}
	for _, target := range targets {
		send(http.MethodGet, target)
	}
	send(secret, usagesPath)
	broken.set()
	send(http.MethodGet, "/v1/azure/usages?period=2025-05")
	spans, raw := c.of(t, trace, len(targets)+2+4)
	names := map[string]bool{}
	for _, s := range spans {
		names[s.Name] = true
	}
	for _, name := range []string{"GET unmatched", "GET /v1/{provider}/usages", "HTTP unmatched", "fetch"} {
		if !names[name] {
			t.Errorf("no span %q: %v", name, names)
		}
	}
	for _, part := range []string{secret, "eyJhbGciOi", "url.path", "url.query"} {
		if strings.Contains(raw, part) {
			t.Errorf("the collector gets %q", part)
		}
	}
	if !strings.Contains(raw, "/rocketsvc/api/v4/azure/usages") || !strings.Contains(raw, "http.route") {
		t.Error("spans have lost routes or Rocket's endpoints")
	}
}
