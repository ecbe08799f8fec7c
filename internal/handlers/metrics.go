package handlers

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Reasons for refusing callers with good tokens, beside those of auth.Reasons.
const (
	refusedScope = "scope" // the token lacks one
	refusedReach = "reach" // the profiles, or the service accounts, do not grant the query
)

// metrics are those of the API. Labels have few values each: routes, statuses and fixed words, nothing that a caller sent.
type metrics struct {
	requests                  *prometheus.CounterVec
	duration                  *prometheus.HistogramVec
	problems, stale, refusals *prometheus.CounterVec

	mu    sync.RWMutex
	known map[outcome]series // guarded by mu
}

// outcome has the labels of a series of requests and duration.
type outcome struct {
	route  string
	status int
	cache  string
}

// series are the ones for one outcome. They are kept because finding them by their labels costs more than counting.
type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// maxSeries bounds the outcomes that are kept. There are fewer, unless an upstream makes up statuses.
const maxSeries = 1000

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return promauto.With(r).NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		requests: counter("requests_total",
			"Requests to the API, by route, status of the response (499: the caller disconnected) and cache result.",
			"route", "status", "cache"),
		duration: promauto.With(r).NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "request_duration_seconds",
			Help:                        "Time in seconds from a request's header to the end of its response, by route and cache result.",
			Buckets:                     []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}, []string{"route", "cache"}),
		problems: counter("problems_total", "Problem documents sent, by type.", "type"),
		stale:    counter("stale_answers_total", "Stale responses sent, by reason.", "reason"),
		refusals: counter("auth_refusals_total",
			"Requests whose token was refused, by reason. scope: a missing scope. reach: no grant for the query. Others: an invalid token.",
			"reason"),
		known: map[outcome]series{},
	}
	// Series exist before their first event: rate and increase then see it.
	for kind := range kinds {
		m.problems.WithLabelValues(string(kind))
	}
	for _, reason := range cache.StaleReasons() {
		m.stale.WithLabelValues(string(reason))
	}
	for _, reason := range append(auth.Reasons(), refusedScope, refusedReach) {
		m.refusals.WithLabelValues(reason)
	}
	return m
}

// count counts a finished request. The duration has the trace as its exemplar if the trace is kept.
func (m *metrics) count(route string, x *requestState, took time.Duration, span trace.SpanContext) {
	s := m.of(outcome{route, x.status, x.cache})
	s.requests.Inc()
	if with, ok := s.duration.(prometheus.ExemplarObserver); ok && span.IsSampled() {
		with.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
	} else {
		s.duration.Observe(took.Seconds())
	}
	if x.stale != "" {
		m.stale.WithLabelValues(string(x.stale)).Inc()
	}
	if x.cause == nil {
		return
	}
	f := fault.Of(x.cause)
	m.problems.WithLabelValues(string(f.Kind)).Inc()
	if reason := refusal(f); reason != "" {
		m.refusals.WithLabelValues(reason).Inc()
	}
}

// of returns the series of an outcome.
func (m *metrics) of(o outcome) series {
	m.mu.RLock()
	s, ok := m.known[o]
	m.mu.RUnlock()
	if ok {
		return s
	}
	status := "other"
	if o.status == 0 || o.status >= 100 && o.status <= 599 {
		status = strconv.Itoa(o.status)
	}
	s = series{m.requests.WithLabelValues(o.route, status, o.cache), m.duration.WithLabelValues(o.route, o.cache)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) < maxSeries {
		m.known[o] = s
	}
	return s
}

// refusal returns the reason why a caller was refused, or "".
func refusal(f *fault.Error) string {
	switch {
	case f.Kind == fault.Unauthorized, f.Kind == fault.AuthUnavailable:
		return f.Reason
	case f.Kind == fault.Forbidden && f.Scope != "":
		return refusedScope
	case f.Kind == fault.Forbidden:
		return refusedReach
	default:
		return ""
	}
}
