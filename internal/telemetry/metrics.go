package telemetry

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the gateway's counters. Labels hold routes, statuses and fixed words, never an id, a path or a query.
type Metrics struct {
	Registry *prometheus.Registry

	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	callTime *prometheus.HistogramVec
	restated *prometheus.CounterVec
	tooLarge *prometheus.CounterVec
}

// NewMetrics registers everything in a registry of its own. version is a label of rocket_gateway_build_info.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rocket_gateway_requests_total", Help: "Requests to the API by route, status and cache result.",
		}, []string{"route", "status", "cache"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rocket_gateway_request_duration_seconds", Help: "Time to answer a request, by route and cache result.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "cache"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rocket_gateway_upstream_requests_total",
			Help: "Questions sent to Rocket by provider, endpoint and status; status 0 is no answer.",
		}, []string{"provider", "endpoint", "status"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rocket_gateway_upstream_duration_seconds", Help: "Time until Rocket's answer was read, by endpoint.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"endpoint"}),
	}
	m.restated = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rocket_gateway_restatements_total", Help: "Refetched answers about closed periods that had other amounts, by provider.",
	}, []string{"provider"})
	m.tooLarge = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rocket_gateway_passed_through_total", Help: "Answers larger than CACHE_MAX_ENTRY_BYTES, by endpoint.",
	}, []string{"endpoint"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "rocket_gateway_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.Registry.MustRegister(m.requests, m.latency, m.calls, m.callTime, m.restated, m.tooLarge, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Cache adds gauges that are read from size when somebody asks.
func (m *Metrics) Cache(size func() (entries int, bytes uint64)) {
	m.Registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "rocket_gateway_memory_entries", Help: "Entries in the in-process tier.",
		}, func() float64 { entries, _ := size(); return float64(entries) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "rocket_gateway_memory_bytes", Help: "What the in-process tier weighs.",
		}, func() float64 { _, bytes := size(); return float64(bytes) }),
	)
}

// Request counts one request to the API.
func (m *Metrics) Request(route string, status int, cache string, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status), cache).Inc()
	m.latency.WithLabelValues(route, cache).Observe(took.Seconds())
}

// Restatement counts one closed period that was restated.
func (m *Metrics) Restatement(provider string) { m.restated.WithLabelValues(provider).Inc() }

// PassedThrough counts one answer that was too large to be kept.
func (m *Metrics) PassedThrough(endpoint string) { m.tooLarge.WithLabelValues(endpoint).Inc() }

// Upstream counts one question to Rocket.
func (m *Metrics) Upstream(provider, endpoint string, status int, took time.Duration) {
	m.calls.WithLabelValues(provider, endpoint, strconv.Itoa(status)).Inc()
	m.callTime.WithLabelValues(endpoint).Observe(took.Seconds())
}
