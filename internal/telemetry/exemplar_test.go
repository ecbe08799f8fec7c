package telemetry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

const (
	openMetrics = "application/openmetrics-text;version=1.0.0"
	trace       = "4bf92f3577b34da6a3ce929d0e0e4736"
)

// A slow request leads to its trace, in the format that has exemplars. Whatever is no trace id is left out.
func TestExemplars(t *testing.T) {
	for id, want := range map[string]bool{
		trace: true, "": false, "x": false, strings.ToUpper(trace): false, trace + "0": false, strings.Repeat("\xff", 32): false,
	} {
		m := telemetry.NewMetrics("v1.2.3")
		m.Upstream(telemetry.Call{Provider: "azure", Endpoint: "usages", Status: 200, Took: 30 * time.Millisecond, Trace: id})
		for _, series := range []string{
			`rocket_gateway_upstream_duration_seconds_bucket{endpoint="usages",le="0.05"} 1`,
		} {
			line := lineOf(exposition(t, m, openMetrics), series)
			if got := strings.HasPrefix(line, series+` # {trace_id="`+id+`"} 0.03 `); got != want || line == "" {
				t.Errorf("trace %q: %q", id, line)
			}
		}
	}
}

func lineOf(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}
