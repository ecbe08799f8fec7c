package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// namespace begins the name of every metric of ours.
const namespace = "rocket_gateway_"

// Metrics are the gateway's numbers. Labels hold routes, statuses, names of accounts from the settings, and fixed words:
// never an id, a path, a query, a tenant or a host.
type Metrics struct {
	Registry *prometheus.Registry

	catalogue []Description
	rocket
	tiers
	redisTime prometheus.Observer
}

// Description is what a metric is, for people.
type Description struct {
	Name   string
	Kind   string // counter, gauge or histogram
	Labels []string
	Help   string
}

// NewMetrics registers, in a registry of its own, what is counted as it happens. version is a label of rocket_gateway_build_info.
func NewMetrics(version string) *Metrics {
	m := &Metrics{Registry: prometheus.NewRegistry()}
	m.gauge("build_info", "Always 1, with the version of the gateway as a label.", []string{"version"},
		func(tell Tell) { tell(1, version) })
	m.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.rocket = newRocket(m)
	m.tiers = newTiers(m)
	return m
}

// Catalogue describes all that was registered, in that order.
func (m *Metrics) Catalogue() []Description { return m.catalogue }

// register registers a collector of one metric.
func (m *Metrics) register(c prometheus.Collector, d Description) {
	m.catalogue = append(m.catalogue, d)
	m.Registry.MustRegister(c)
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: namespace + name, Help: help}, labels)
	m.register(c, Description{namespace + name, "counter", labels, help})
	return c
}

// histogram is one of seconds. It has classic buckets for every Prometheus, and native ones, which are finer, for those that
// want them.
func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: namespace + name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
	}, labels)
	m.register(h, Description{namespace + name, "histogram", labels, help})
	return h
}

// begin makes series of what has not happened yet: its first time is then an increase, which rate and increase see.
func begin(c *prometheus.CounterVec, label string, words ...string) {
	for _, w := range words {
		c.With(prometheus.Labels{label: w})
	}
}
