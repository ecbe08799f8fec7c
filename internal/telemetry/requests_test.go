package telemetry_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

const usages = "/v1/{provider}/usages"

func TestRequests(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	for _, r := range []telemetry.Request{
		{Route: usages, Status: 200, Cache: "hit-memory", Took: 300 * time.Microsecond},
		{Route: usages, Status: 200, Cache: "hit-memory", Took: 4 * time.Millisecond},
		{Route: usages, Status: 502, Cache: "miss", Problem: "upstream-error", Took: 2 * time.Second},
		{Route: usages, Status: 200, Cache: "stale", Stale: "error"},
		{Route: usages, Status: 401, Cache: "none", Problem: "unauthorized", Refusal: "expired"},
		{Route: "unmatched", Status: 404, Cache: "none", Problem: "not-found"},
		{Route: usages, Status: 1000, Cache: "none"},
	} {
		m.Request(r)
	}
	m.Refusal("expired")
	wantLines(t, scrape(t, m),
		`rocket_gateway_requests_total{cache="hit-memory",route="/v1/{provider}/usages",status="200"} 2`,
		`rocket_gateway_requests_total{cache="miss",route="/v1/{provider}/usages",status="502"} 1`,
		`rocket_gateway_requests_total{cache="none",route="unmatched",status="404"} 1`,
		`rocket_gateway_requests_total{cache="none",route="/v1/{provider}/usages",status="other"} 1`,
		`rocket_gateway_request_duration_seconds_count{cache="hit-memory",route="/v1/{provider}/usages"} 2`,
		`rocket_gateway_request_duration_seconds_sum{cache="hit-memory",route="/v1/{provider}/usages"} 0.0043`,
		`rocket_gateway_request_duration_seconds_bucket{cache="hit-memory",route="/v1/{provider}/usages",le="0.00025"} 0`,
		`rocket_gateway_request_duration_seconds_bucket{cache="hit-memory",route="/v1/{provider}/usages",le="0.0005"} 1`,
		`rocket_gateway_request_duration_seconds_bucket{cache="hit-memory",route="/v1/{provider}/usages",le="0.005"} 2`,
		`rocket_gateway_request_duration_seconds_bucket{cache="miss",route="/v1/{provider}/usages",le="1"} 0`,
		`rocket_gateway_request_duration_seconds_bucket{cache="miss",route="/v1/{provider}/usages",le="2.5"} 1`,
		`rocket_gateway_problems_total{type="upstream-error"} 1`,
		`rocket_gateway_problems_total{type="not-found"} 1`,
		`rocket_gateway_stale_answers_total{reason="error"} 1`,
		`rocket_gateway_auth_refusals_total{reason="expired"} 2`,
	)
}

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

// What is known ahead begins at zero, so that its first time is an increase.
func TestSeriesBeginAtZero(t *testing.T) {
	wantLines(t, scrape(t, complete()),
		`rocket_gateway_problems_total{type="not-found"} 0`,
		`rocket_gateway_stale_answers_total{reason="error"} 0`,
		`rocket_gateway_auth_refusals_total{reason="expired"} 0`,
		`rocket_gateway_upstream_retries_total 0`,
		`rocket_gateway_upstream_shed_total{reason="queue"} 0`,
		`rocket_gateway_logins_total{account="default",outcome="success"} 0`,
		`rocket_gateway_logins_total{account="default",outcome="failure"} 0`,
	)
}
