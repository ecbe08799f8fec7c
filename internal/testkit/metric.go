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
