package testkit

import (
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Metric returns the sum of the series of a metric that have all of these label values: of a histogram, the number of observations.
func Metric(t testing.TB, from prometheus.Gatherer, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			missing := slices.Clone(labels)
			for _, pair := range m.GetLabel() {
				missing = slices.DeleteFunc(missing, func(value string) bool { return value == pair.GetValue() })
			}
			if family.GetName() == name && len(missing) == 0 {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

// WantNative checks that every series of a histogram has native buckets beside the classic ones: a Prometheus that knows those gets
// finer ones.
func WantNative(t testing.TB, from prometheus.Gatherer, name string) {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			h := m.GetHistogram()
			if family.GetName() == name && (len(h.GetBucket()) == 0 || h.GetSchema() <= 0 || len(h.GetPositiveSpan())+int(h.GetZeroCount()) == 0) {
				t.Errorf("%s has %d classic buckets, schema %d and %d spans", name, len(h.GetBucket()), h.GetSchema(), len(h.GetPositiveSpan()))
			}
		}
	}
}
