package upstream

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Why a query was given up without a response of Rocket's, to spare Rocket or this process: the reasons of such faults.
const (
	shedBreaker = "breaker" // the circuit breaker is open
	shedLimited = "limited" // Rocket asked for fewer requests
	shedQueue   = "queue"   // no slot became free in time
	shedMemory  = "memory"  // no memory became free in time
)

var shedReasons = []string{shedBreaker, shedLimited, shedQueue, shedMemory}

// metrics are the counters of what is sent to Rocket.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	retries  prometheus.Counter
	shed     *prometheus.CounterVec
	logins   *prometheus.CounterVec
}

// newMetrics registers the counters, and the gauges of the bulkhead. r may be nil.
func newMetrics(r prometheus.Registerer, b *bulkhead) *metrics {
	f := promauto.With(r)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		requests: counter("upstream_requests_total",
			"Data requests sent to Rocket, including retries, by provider, endpoint and status of the response (0: no response).",
			"provider", "endpoint", "status"),
		duration: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "upstream_duration_seconds",
			Help: "Time in seconds from sending a request to Rocket until its response is read, for each attempt, by endpoint.",

			Buckets:                     []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}, []string{"endpoint"}),
		retries: counter("upstream_retries_total", "Requests and logins that were sent to Rocket again after a failure.").WithLabelValues(),
		shed: counter("upstream_shed_total",
			"Queries that failed without a response of Rocket, by reason. breaker: the circuit breaker is open. limited: Rocket returned 429. "+
				"queue: no slot in time. memory: no memory for a large response in time.", "reason"),
		logins: counter("logins_total",
			"Logins sent to Rocket, including retries, by the account's name and outcome.", "account", "outcome"),
	}
	for _, reason := range shedReasons {
		m.shed.WithLabelValues(reason) // a series that exists before its first increment: rate sees that one too
	}
	registerBulkhead(f, b)
	return m
}

func registerBulkhead(f promauto.Factory, b *bulkhead) {
	gauge := func(name, help string, labels prometheus.Labels, read func() int) {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, func() float64 { return float64(read()) })
	}
	gauge("upstream_places", "Slots for requests in flight to Rocket from this replica (ROCKET_MAX_CONCURRENT).", nil,
		func() int { return b.slots })
	for p, lane := range []string{foreground: "callers", background: "background"} {
		labels := prometheus.Labels{"lane": lane}
		gauge("upstream_places_taken", "Requests in flight to Rocket, by lane: those with waiting callers, and background refreshes.",
			labels, func() int { taken, _ := b.load(); return taken[p] })
		gauge("upstream_places_waiting", "Requests that wait for a slot, by lane.",
			labels, func() int { _, waiting := b.load(); return waiting[p] })
	}
}

// request counts an attempt. status is 0 without a response.
func (m *metrics) request(q *query.Query, status int, took time.Duration) {
	label := strconv.Itoa(status)
	if status != 0 && (status < 100 || status > 599) {
		label = "other"
	}
	m.requests.WithLabelValues(string(q.Provider), q.Endpoint.Name, label).Inc()
	m.duration.WithLabelValues(q.Endpoint.Name).Observe(took.Seconds())
}

// query counts a query that failed if it was shed.
func (m *metrics) query(err error) {
	if reason := fault.Of(err).Reason; slices.Contains(shedReasons, reason) {
		m.shed.WithLabelValues(reason).Inc()
	}
}

// loginCounter returns a function that counts the outcomes of an account's attempts to log in.
func (m *metrics) loginCounter(account string) func(error) {
	success, failure := m.logins.WithLabelValues(account, "success"), m.logins.WithLabelValues(account, "failure")
	refused := m.logins.WithLabelValues(account, "refused") // the user name or the password
	return func(err error) {
		switch {
		case err == nil:
			success.Inc()
		case fault.Of(err).Kind == fault.UpstreamCredentials:
			refused.Inc()
		default:
			failure.Inc()
		}
	}
}

var (
	breakerState = prometheus.NewDesc("upstream_breaker_state",
		"1 for the state of the circuit breaker between an account and its host, 0 for the other states; accounts of one host share it.",
		[]string{"account", "state"}, nil)
	breakerOpenings = prometheus.NewDesc("upstream_breaker_openings_total",
		"Times that the circuit breaker between an account and its host has opened; accounts of one host share it.",
		[]string{"account"}, nil)
	tokenObtained = prometheus.NewDesc("token_obtained_timestamp_seconds",
		"When this replica got the account's token, by a login or from another replica, as Unix time in seconds; absent without a token.",
		[]string{"account"}, nil)
	tokenExpiry = prometheus.NewDesc("token_expiry_timestamp_seconds",
		"When the account's token expires, by this replica's clock, as Unix time in seconds; absent without a token.",
		[]string{"account"}, nil)
)

// collector reads the circuit breakers and the tokens of the accounts.
type collector func() []*Client

// NewCollector returns a collector of the metrics of the clients that exist at the time of a scrape.
func NewCollector(clients func() []*Client) prometheus.Collector { return collector(clients) }

// Describe implements prometheus.Collector.
func (c collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{breakerState, breakerOpenings, tokenObtained, tokenExpiry} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, client := range c() {
		name := client.Account.Name
		current, openings, _ := client.host.status()
		for _, state := range []string{BreakerClosed, BreakerSuspect, BreakerOpen} {
			gauge(breakerState, map[bool]float64{true: 1}[state == current], name, state)
		}
		metrics <- prometheus.MustNewConstMetric(breakerOpenings, prometheus.CounterValue, float64(openings), name)
		if t, since := client.tokens.latest(); t.value != "" {
			gauge(tokenObtained, float64(since.UnixMilli())/1000, name)
			gauge(tokenExpiry, float64(t.Expires.UnixMilli())/1000, name)
		}
	}
}
