package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// scrape gives our own lines of the text that Prometheus reads, without help and types.
func scrape(t *testing.T, m *telemetry.Metrics) []string {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	var ours []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "rocket_gateway_") {
			ours = append(ours, strings.TrimSuffix(line, "\n"))
		}
	}
	return ours
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s\ngot:\n%s", line, strings.Join(got, "\n"))
		}
	}
}

// Before anything has happened there are no series but the build's.
func TestBuildInfo(t *testing.T) {
	got := scrape(t, telemetry.NewMetrics(`v1.2.3 "x"`))
	if want := `rocket_gateway_build_info{version="v1.2.3 \"x\""} 1`; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestRequests(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	m.Request("/v1/{provider}/usages", 200, "hit-memory", 300*time.Microsecond)
	m.Request("/v1/{provider}/usages", 200, "hit-memory", 4*time.Millisecond)
	m.Request("/v1/{provider}/usages", 502, "miss", 2*time.Second)
	m.Request("unmatched", 404, "none", 0)
	wantLines(t, scrape(t, m),
		`rocket_gateway_requests_total{cache="hit-memory",route="/v1/{provider}/usages",status="200"} 2`,
		`rocket_gateway_requests_total{cache="miss",route="/v1/{provider}/usages",status="502"} 1`,
		`rocket_gateway_requests_total{cache="none",route="unmatched",status="404"} 1`,
		`rocket_gateway_request_duration_seconds_count{cache="hit-memory",route="/v1/{provider}/usages"} 2`,
		`rocket_gateway_request_duration_seconds_sum{cache="hit-memory",route="/v1/{provider}/usages"} 0.0043`,
		`rocket_gateway_request_duration_seconds_bucket{cache="hit-memory",route="/v1/{provider}/usages",le="0.00025"} 0`,
		`rocket_gateway_request_duration_seconds_bucket{cache="hit-memory",route="/v1/{provider}/usages",le="0.0005"} 1`,
		`rocket_gateway_request_duration_seconds_bucket{cache="hit-memory",route="/v1/{provider}/usages",le="0.005"} 2`,
		`rocket_gateway_request_duration_seconds_bucket{cache="miss",route="/v1/{provider}/usages",le="1"} 0`,
		`rocket_gateway_request_duration_seconds_bucket{cache="miss",route="/v1/{provider}/usages",le="2.5"} 1`,
	)
}

func TestUpstream(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	m.Upstream("azure", "usages", 200, 30*time.Millisecond)
	m.Upstream("aws", "usages", 200, 40*time.Second)
	m.Upstream("azure", "customers", 0, time.Second)
	wantLines(t, scrape(t, m),
		`rocket_gateway_upstream_requests_total{endpoint="usages",provider="azure",status="200"} 1`,
		`rocket_gateway_upstream_requests_total{endpoint="usages",provider="aws",status="200"} 1`,
		`rocket_gateway_upstream_requests_total{endpoint="customers",provider="azure",status="0"} 1`,
		`rocket_gateway_upstream_duration_seconds_count{endpoint="usages"} 2`,
		`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="0.05"} 1`,
		`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="30"} 1`,
		`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="+Inf"} 2`,
	)
}

// The gauges are read when somebody asks, not when they were added.
func TestCacheGauges(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	entries, bytes := 1, uint64(10)
	m.Cache(func() (int, uint64) { return entries, bytes })
	wantLines(t, scrape(t, m), "rocket_gateway_memory_entries 1", "rocket_gateway_memory_bytes 10")
	entries, bytes = 2, 20
	wantLines(t, scrape(t, m), "rocket_gateway_memory_entries 2", "rocket_gateway_memory_bytes 20")
}

// Nothing is global: two sets in one process count apart.
func TestMetricsAreSeparate(t *testing.T) {
	one, other := telemetry.NewMetrics("one"), telemetry.NewMetrics("other")
	one.Request("/v1/me", 200, "none", 0)
	if got := scrape(t, other); len(got) != 1 {
		t.Errorf("the other has %q", got)
	}
}

// Names, units and help are what Prometheus recommends.
func TestMetricNames(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	m.Request("/v1/me", 200, "none", 0)
	m.Upstream("azure", "usages", 200, 0)
	m.Cache(func() (int, uint64) { return 0, 0 })
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "rocket_gateway_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}
