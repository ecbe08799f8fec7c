package telemetry_test

import (
	"fmt"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// Every outcome is counted as itself, also those that come when no more are remembered.
func TestSeriesAreTheirOutcomes(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	const routes = 3
	for range 2 {
		for route := range routes {
			for code := range 500 {
				m.Request(telemetry.Request{Route: fmt.Sprintf("/%d", route), Status: 100 + code, Cache: "miss"})
				m.Request(telemetry.Request{Route: fmt.Sprintf("/%d", route), Status: 100 + code, Cache: "none"})
			}
		}
	}
	if n := m.Remembered(); n != telemetry.MaxSeries {
		t.Errorf("%d outcomes are remembered", n)
	}
	var want []string
	for route := range routes {
		want = append(want, fmt.Sprintf(`rocket_gateway_request_duration_seconds_count{cache="none",route="/%d"} 1000`, route))
		for code := range 500 {
			want = append(want, fmt.Sprintf(`rocket_gateway_requests_total{cache="miss",route="/%d",status="%d"} 2`, route, 100+code))
		}
	}
	wantLines(t, scrape(t, m), want...)
}
