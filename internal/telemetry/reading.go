package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Tell gives a value and its labels.
type Tell func(value float64, labels ...string)

// reading is a metric whose values are read when somebody asks.
type reading struct {
	description *prometheus.Desc
	kind        prometheus.ValueType
	read        func(Tell)
}

// Describe is one half of prometheus.Collector.
func (r reading) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- r.description }

// Collect is the other.
func (r reading) Collect(metrics chan<- prometheus.Metric) {
	r.read(func(value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(r.description, r.kind, value, labels...)
	})
}

// gauge registers a gauge that read tells.
func (m *Metrics) gauge(name, help string, labels []string, read func(Tell)) {
	m.reading(name, help, "gauge", prometheus.GaugeValue, labels, read)
}

// count registers a counter that read tells: somebody else has counted.
func (m *Metrics) count(name, help string, labels []string, read func(Tell)) {
	m.reading(name, help, "counter", prometheus.CounterValue, labels, read)
}

func (m *Metrics) reading(name, help, kind string, value prometheus.ValueType, labels []string, read func(Tell)) {
	description := prometheus.NewDesc(namespace+name, help, labels, nil)
	m.register(reading{description, value, read}, Description{namespace + name, kind, labels, help})
}

// seconds is an instant as Prometheus has it: Unix time in seconds; zero for the zero time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
