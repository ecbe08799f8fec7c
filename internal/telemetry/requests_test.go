package telemetry_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func TestRocket(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	m.Upstream(telemetry.Call{Provider: "azure", Endpoint: "usages", Status: 200, Took: 30 * time.Millisecond})
	m.Upstream(telemetry.Call{Provider: "aws", Endpoint: "usages", Status: 200, Took: 40 * time.Second})
	m.Upstream(telemetry.Call{Provider: "azure", Endpoint: "customers", Status: 0, Took: time.Second})
	m.Retry()
	m.Shed("queue")
	m.Login("default", telemetry.LoginRefused)
	wantLines(t, scrape(t, m),
		`rocket_gateway_upstream_requests_total{endpoint="usages",provider="azure",status="200"} 1`,
		`rocket_gateway_upstream_requests_total{endpoint="usages",provider="aws",status="200"} 1`,
		`rocket_gateway_upstream_requests_total{endpoint="customers",provider="azure",status="0"} 1`,
		`rocket_gateway_upstream_duration_seconds_count{endpoint="usages"} 2`,
		`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="0.05"} 1`,
		`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="30"} 1`,
		`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="+Inf"} 2`,
		`rocket_gateway_upstream_retries_total 1`,
		`rocket_gateway_upstream_shed_total{reason="queue"} 1`,
		`rocket_gateway_logins_total{account="default",outcome="refused"} 1`,
	)
}

func TestTiers(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	m.Lease("granted")
	m.Collapsed("fleet")
	m.Evicted("room")
	m.Dropped()
	m.PassedThrough("usages")
	m.Restatement("azure")
	m.Purge(false, true)
	m.Purge(true, false)
	wantLines(t, scrape(t, m),
		`rocket_gateway_leases_total{outcome="granted"} 1`,
		`rocket_gateway_leases_total{outcome="alone"} 0`,
		`rocket_gateway_collapsed_total{scope="fleet"} 1`,
		`rocket_gateway_collapsed_total{scope="replica"} 0`,
		`rocket_gateway_memory_evictions_total{cause="room"} 1`,
		`rocket_gateway_redis_values_dropped_total 1`,
		`rocket_gateway_passed_through_total{endpoint="usages"} 1`,
		`rocket_gateway_restatements_total{provider="azure"} 1`,
		`rocket_gateway_purges_total{mode="soft",reach="fleet"} 1`,
		`rocket_gateway_purges_total{mode="hard",reach="replica"} 1`,
		`rocket_gateway_purges_total{mode="soft",reach="replica"} 0`,
	)
}

// What is known ahead begins at zero, so that its first time is an increase.
func TestSeriesBeginAtZero(t *testing.T) {
	wantLines(t, scrape(t, complete()),
		`rocket_gateway_upstream_retries_total 0`,
		`rocket_gateway_upstream_shed_total{reason="queue"} 0`,
		`rocket_gateway_logins_total{account="default",outcome="success"} 0`,
		`rocket_gateway_logins_total{account="default",outcome="failure"} 0`,
		`rocket_gateway_restatements_total{provider="azure"} 0`,
		`rocket_gateway_passed_through_total{endpoint="usages"} 0`,
	)
}
