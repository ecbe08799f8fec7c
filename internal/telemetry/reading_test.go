package telemetry_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func TestReadings(t *testing.T) {
	got := scrape(t, complete())
	wantLines(t, got,
		`rocket_gateway_upstream_places 32`,
		`rocket_gateway_upstream_places_taken{lane="callers"} 3`,
		`rocket_gateway_upstream_places_waiting{lane="callers"} 1`,
		`rocket_gateway_upstream_breaker_state{account="default",state="open"} 1`,
		`rocket_gateway_upstream_breaker_state{account="default",state="closed"} 0`,
		`rocket_gateway_upstream_breaker_openings_total{account="default"} 7`,
		`rocket_gateway_token_obtained_timestamp_seconds{account="default"} 1.7500000005e+09`,
		`rocket_gateway_token_expiry_timestamp_seconds{account="default"} 1.7500036005e+09`,
		`rocket_gateway_jwks_read_timestamp_seconds 1.7500000005e+09`,
	)
	if text := strings.Join(got, "\n"); strings.Contains(text, `_seconds{account="none"`) {
		t.Errorf("an account without a token has an expiry:\n%s", text)
	}
}

func TestBuildInfo(t *testing.T) {
	wantLines(t, scrape(t, telemetry.NewMetrics(`v1.2.3 "x"`)), `rocket_gateway_build_info{version="v1.2.3 \"x\""} 1`)
}

// Nothing is global: two sets in one process count apart.
func TestMetricsAreSeparate(t *testing.T) {
	one, other := telemetry.NewMetrics("one"), telemetry.NewMetrics("other")
	one.Retry()
	for _, line := range scrape(t, other) {
		if strings.HasPrefix(line, "rocket_gateway_upstream_retries_total") {
			t.Errorf("the other has %s", line)
		}
	}
}
