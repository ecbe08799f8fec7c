package telemetry_test

import (
	"testing"
)

// Histograms are native beside their classic buckets: a Prometheus that knows those gets finer ones.
func TestHistogramsAreNativeToo(t *testing.T) {
	families, err := complete().Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			h := metric.GetHistogram()
			if h == nil || f.GetName()[:3] == "go_" {
				continue
			}
			seen++
			if len(h.GetBucket()) == 0 || h.GetSchema() <= 0 || len(h.GetPositiveSpan())+int(h.GetZeroCount()) == 0 {
				t.Errorf("%s has %d classic buckets, schema %d and %d spans", f.GetName(), len(h.GetBucket()), h.GetSchema(), len(h.GetPositiveSpan()))
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d histograms, want those of Rocket and Redis", seen)
	}
}
