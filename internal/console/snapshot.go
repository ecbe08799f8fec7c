package console

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// snapshot has the metrics of one moment.
type snapshot struct {
	families map[string]*dto.MetricFamily // by name, without the prefix of the gateway's own
	now      time.Time
	err      error // why some metrics are missing
}

// newSnapshot gathers the metrics. If some cannot be gathered, it has the others.
func newSnapshot(from prometheus.Gatherer, now time.Time) snapshot {
	families, err := from.Gather()
	s := snapshot{families: make(map[string]*dto.MetricFamily, len(families)), now: now, err: err}
	for _, f := range families {
		s.families[strings.TrimPrefix(f.GetName(), "rocket_gateway_")] = f
	}
	return s
}

// has reports whether a metric has a series with these labels, each a name and a value.
func (s snapshot) has(name string, labels ...string) bool { return len(s.series(name, labels)) > 0 }

// sum returns the sum of the series of a counter or gauge that have these labels.
func (s snapshot) sum(name string, labels ...string) (sum float64) {
	for _, m := range s.series(name, labels) {
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return sum
}

// values returns the values of a label of a metric, sorted.
func (s snapshot) values(name, label string) []string {
	all := map[string]bool{}
	for _, m := range s.families[name].GetMetric() {
		if value, ok := valueOf(m, label); ok {
			all[value] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (s snapshot) series(name string, labels []string) (found []*dto.Metric) {
	for _, m := range s.families[name].GetMetric() {
		if matches(m, labels) {
			found = append(found, m)
		}
	}
	return found
}

func matches(m *dto.Metric, labels []string) bool {
	for pair := range slices.Chunk(labels, 2) {
		if value, ok := valueOf(m, pair[0]); !ok || value != pair[1] {
			return false
		}
	}
	return true
}

func valueOf(m *dto.Metric, label string) (value string, ok bool) {
	for _, pair := range m.GetLabel() {
		if pair.GetName() == label {
			return pair.GetValue(), true
		}
	}
	return "", false
}

// buckets returns how many observations of a histogram are at most each upper bound of its classic buckets, which all series share.
func (s snapshot) buckets(name string, labels []string) (counts map[float64]float64) {
	counts = map[float64]float64{}
	for _, m := range s.series(name, labels) {
		h := m.GetHistogram()
		for _, b := range h.GetBucket() {
			if !math.IsInf(b.GetUpperBound(), 1) {
				counts[b.GetUpperBound()] += float64(b.GetCumulativeCount())
			}
		}
		counts[math.Inf(1)] += float64(h.GetSampleCount())
	}
	return counts
}

// quantile estimates the q-quantile of a histogram as Prometheus does, by linear interpolation within a bucket. If it is above the last
// bound, it returns that bound, and above. Without observations it returns NaN.
func quantile(q float64, counts map[float64]float64) (value float64, above bool) {
	bounds := slices.Sorted(maps.Keys(counts))
	if len(bounds) == 0 || counts[bounds[len(bounds)-1]] == 0 {
		return math.NaN(), false
	}
	rank := q * counts[bounds[len(bounds)-1]]
	lower, below := 0.0, 0.0
	for _, bound := range bounds {
		if counts[bound] >= rank && math.IsInf(bound, 1) {
			return lower, true
		} else if counts[bound] >= rank {
			return lower + (bound-lower)*(rank-below)/(counts[bound]-below), false
		}
		lower, below = bound, counts[bound]
	}
	return lower, true
}
