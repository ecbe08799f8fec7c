package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// exposition gives all that Prometheus reads, in the format that it asks for.
func exposition(t *testing.T, m *telemetry.Metrics, accept string) string {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// scrape gives our own lines, without help and types.
func scrape(t *testing.T, m *telemetry.Metrics) []string {
	t.Helper()
	var ours []string
	for line := range strings.Lines(exposition(t, m, "text/plain")) {
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

// complete gives metrics with all that may be registered, and something of each.
func complete() *telemetry.Metrics {
	m := telemetry.NewMetrics("v1.2.3")
	at := time.UnixMilli(1_750_000_000_500)
	m.BeginRocket([]string{"default"}, []string{"queue"})
	m.BeginTiers([]string{"azure"}, []string{"usages"})
	m.Memory(1<<20, func() (int, uint64) { return 2, 3000 })
	m.RocketState(telemetry.RocketState{
		Places: 32, BreakerStates: []string{"closed", "open"},
		Lanes: func() []telemetry.Lane { return []telemetry.Lane{{Name: "callers", Taken: 3, Waiting: 1}} },
		Accounts: func() []telemetry.Account {
			return []telemetry.Account{{"default", "open", 7, at, at.Add(time.Hour)}, {Name: "none", Breaker: "closed"}}
		},
	})
	m.Keys(func() time.Time { return at })
	m.Settings(func() telemetry.Settings { return telemetry.Settings{Taken: true, Read: at} })
	m.Certificate(func() time.Time { return at.Add(time.Hour) })
	m.Quotas(func() []telemetry.Quota { return []telemetry.Quota{{"requests", 4}, {"upstream", 0}} })
	m.RedisState(telemetry.RedisState{
		Away:   func() bool { return true },
		Errors: func() telemetry.RedisErrors { return telemetry.RedisErrors{Failed: 1, Declined: 2, Spared: 3} },
		Pool: func() telemetry.Pool {
			return telemetry.Pool{Hits: 9, Misses: 8, Timeouts: 7, Waits: 6, Stale: 5, Waited: 1500 * time.Millisecond, Used: 2, Idle: 3}
		},
	})
	m.Upstream(telemetry.Call{Provider: "azure", Endpoint: "usages", Status: 200})
	m.RedisCommand(time.Millisecond)
	return m
}
