package telemetry

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Request is one request to the API.
type Request struct {
	Route   string // the pattern
	Status  int
	Cache   string // how the cache answered
	Stale   string // why a stale answer was given; empty where none was
	Problem string // what was wrong; empty where nothing was
	Refusal string // why the caller was refused; empty where that is not so
	Took    time.Duration
	Trace   string // the id of its trace; empty where there is none
}

// requests are the metrics of the API.
type requests struct {
	asked    *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	problems *prometheus.CounterVec
	stale    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	series   *series // of asked and latency
}

func newRequests(m *Metrics) requests {
	return requests{
		asked: m.counter("requests_total",
			"Requests to the API, by route, status of the answer (499: the caller hung up), and how the cache answered.",
			"route", "status", "cache"),
		latency: m.histogram("request_duration_seconds",
			"Time from a request's header to the end of its answer in seconds, by route and how the cache answered.",
			[]float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "route", "cache"),
		problems: m.counter("problems_total",
			"Problem documents sent, by the type that callers read.", "type"),
		stale: m.counter("stale_answers_total",
			"Answers given past their freshness, by reason.", "reason"),
		refused: m.counter("auth_refusals_total",
			"Callers refused, by what was wrong with the token, or with what was asked with it (scope, reach).", "reason"),
		series: new(series),
	}
}

// Request counts one.
func (m *Metrics) Request(r Request) {
	c := m.series.of(outcome{r.Route, r.Status, r.Cache}, func() counters {
		return counters{m.asked.WithLabelValues(r.Route, status(r.Status), r.Cache), m.latency.WithLabelValues(r.Route, r.Cache)}
	})
	c.asked.Inc()
	observe(c.latency, r.Took, r.Trace)
	if r.Stale != "" {
		m.stale.WithLabelValues(r.Stale).Inc()
	}
	if r.Problem != "" {
		m.problems.WithLabelValues(r.Problem).Inc()
	}
	if r.Refusal != "" {
		m.Refusal(r.Refusal)
	}
}

// Refusal counts a caller who was refused elsewhere than at the API.
func (m *Metrics) Refusal(reason string) { m.refused.WithLabelValues(reason).Inc() }

// BeginRequests makes series of the words that may come.
func (m *Metrics) BeginRequests(problems, stale, refusals []string) {
	begin(m.problems, "type", problems...)
	begin(m.stale, "reason", stale...)
	begin(m.refused, "reason", refusals...)
}

// status is the label of an HTTP status, whatever a server made of it.
func status(code int) string {
	if code != 0 && (code < 100 || code > 599) {
		return "other"
	}
	return strconv.Itoa(code)
}
