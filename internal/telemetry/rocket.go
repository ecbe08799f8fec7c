package telemetry

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Call is one question that was sent to Rocket.
type Call struct {
	Provider string
	Endpoint string
	Status   int // zero where there was no answer
	Took     time.Duration
	Trace    string // the id of its trace; empty where there is none
}

// What came of a login.
const (
	LoginSuccess = "success"
	LoginRefused = "refused" // the account's user name or password
	LoginFailure = "failure" // anything else
)

// rocket are the metrics of what is sent to Rocket.
type rocket struct {
	calls   *prometheus.CounterVec
	took    *prometheus.HistogramVec
	retries *prometheus.CounterVec
	shed    *prometheus.CounterVec
	logins  *prometheus.CounterVec
}

func newRocket(m *Metrics) rocket {
	return rocket{
		calls: m.counter("upstream_requests_total",
			"Questions sent to Rocket, each try counted, by provider, endpoint and status of the answer (0: none came).",
			"provider", "endpoint", "status"),
		took: m.histogram("upstream_duration_seconds",
			"Time from a question's way to Rocket until its answer was read in seconds, each try by itself, by endpoint.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "endpoint"),
		retries: m.counter("upstream_retries_total",
			"Questions and logins that were sent to Rocket once more after a failure."),
		shed: m.counter("upstream_shed_total",
			"Questions given up without an answer of Rocket's, by reason: its breaker is open, it asked for fewer requests, "+
				"no place in the queue in time, no memory for a large answer in time.", "reason"),
		logins: m.counter("logins_total",
			"Logins sent to Rocket, each try counted, by the account's name and outcome.", "account", "outcome"),
	}
}

// Upstream counts one question to Rocket.
func (m *Metrics) Upstream(c Call) {
	m.calls.WithLabelValues(c.Provider, c.Endpoint, status(c.Status)).Inc()
	observe(m.took.WithLabelValues(c.Endpoint), c.Took, c.Trace)
}

// Retry counts one more try.
func (m *Metrics) Retry() { m.retries.WithLabelValues().Inc() }

// Shed counts a question that was given up.
func (m *Metrics) Shed(reason string) { m.shed.WithLabelValues(reason).Inc() }

// Login counts one.
func (m *Metrics) Login(account, outcome string) { m.logins.WithLabelValues(account, outcome).Inc() }

// BeginRocket makes series of the words that may come.
func (m *Metrics) BeginRocket(accounts, shed []string) {
	m.retries.WithLabelValues()
	begin(m.shed, "reason", shed...)
	for _, a := range accounts {
		begin(m.logins.MustCurryWith(prometheus.Labels{"account": a}), "outcome", LoginSuccess, LoginRefused, LoginFailure)
	}
}

// status is the label of an HTTP status, whatever a server made of it.
func status(code int) string {
	if code != 0 && (code < 100 || code > 599) {
		return "other"
	}
	return strconv.Itoa(code)
}
