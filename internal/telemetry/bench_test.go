package telemetry_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// What every hit pays for being counted.
func BenchmarkRequest(b *testing.B) {
	m := telemetry.NewMetrics("v1.2.3")
	r := telemetry.Request{Route: usages, Status: 200, Cache: "hit-memory", Took: 300 * time.Microsecond}
	b.ReportAllocs()
	for b.Loop() {
		m.Request(r)
	}
}
