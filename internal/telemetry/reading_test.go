package telemetry_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func TestReadings(t *testing.T) {
	got := scrape(t, complete())
	wantLines(t, got,
		`rocket_gateway_memory_entries 2`,
		`rocket_gateway_memory_bytes 3000`,
		`rocket_gateway_memory_limit_bytes 1.048576e+06`,
		`rocket_gateway_quota_refusals_total{limit="requests"} 4`,
		`rocket_gateway_quota_refusals_total{limit="upstream"} 0`,
		`rocket_gateway_redis_away 1`,
		`rocket_gateway_redis_errors_total{kind="failed"} 1`,
		`rocket_gateway_redis_errors_total{kind="declined"} 2`,
		`rocket_gateway_redis_errors_total{kind="spared"} 3`,
		`rocket_gateway_redis_command_duration_seconds_count 1`,
		`rocket_gateway_redis_pool_connections{state="used"} 2`,
		`rocket_gateway_redis_pool_connections{state="idle"} 3`,
		`rocket_gateway_redis_pool_hits_total 9`,
		`rocket_gateway_redis_pool_misses_total 8`,
		`rocket_gateway_redis_pool_timeouts_total 7`,
		`rocket_gateway_redis_pool_waits_total 6`,
		`rocket_gateway_redis_pool_wait_seconds_total 1.5`,
		`rocket_gateway_redis_pool_stale_total 5`,
	)
}

// They are read when somebody asks, not when they were registered.
func TestReadingsFollow(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	entries, bytes := 1, uint64(10)
	m.Memory(100, func() (int, uint64) { return entries, bytes })
	wantLines(t, scrape(t, m), "rocket_gateway_memory_entries 1", "rocket_gateway_memory_bytes 10")
	entries, bytes = 2, 20
	wantLines(t, scrape(t, m), "rocket_gateway_memory_entries 2", "rocket_gateway_memory_bytes 20")
}

func TestBuildInfo(t *testing.T) {
	wantLines(t, scrape(t, telemetry.NewMetrics(`v1.2.3 "x"`)), `rocket_gateway_build_info{version="v1.2.3 \"x\""} 1`)
}

// Nothing is global: two sets in one process count apart.
func TestMetricsAreSeparate(t *testing.T) {
	one, other := telemetry.NewMetrics("one"), telemetry.NewMetrics("other")
	one.Refusal("expired")
	for _, line := range scrape(t, other) {
		if strings.HasPrefix(line, "rocket_gateway_auth_refusals_total") {
			t.Errorf("the other has %s", line)
		}
	}
}
