package e2e_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// collecting receives spans as an OpenTelemetry collector does (OTLP over HTTP).
type collecting struct {
	mu    sync.Mutex
	raw   bytes.Buffer   // guarded by mu
	spans []*traces.Span // guarded by mu
}

func (c *collecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// of waits for so many spans of a trace, and returns them and all that was received.
func (c *collecting) of(t *testing.T, trace string, least int) (found []*traces.Span, raw string) {
	t.Helper()
	testkit.Until(t, "the collector has the spans", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		found, raw = nil, c.raw.String()
		for _, s := range c.spans {
			if hex.EncodeToString(s.TraceId) == trace {
				found = append(found, s)
			}
		}
		return len(found) >= least
	})
	return found, raw
}

func TestTracesReachACollector(t *testing.T) {
	t.Parallel()
	var passedOn sync.Map
	sim := simulator()
	rocket := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passedOn.Store(strings.TrimPrefix(r.URL.Path, "/rocketsvc"), r.Header.Get("traceparent"))
		sim.ServeHTTP(w, r)
	}))
	var c collecting
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serveProcess(t, rocket, "OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=50")

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
	for _, name := range []string{"cache", "fetch"} {
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
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serveProcess(t, rocket, "OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=50")

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
