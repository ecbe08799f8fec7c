package telemetry

import "github.com/prometheus/client_golang/prometheus"

// tiers are the metrics of the cache behind the answers.
type tiers struct {
	leases    *prometheus.CounterVec
	collapsed *prometheus.CounterVec
	evicted   *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	tooLarge  *prometheus.CounterVec
	restated  *prometheus.CounterVec
	purged    *prometheus.CounterVec
}

func newTiers(m *Metrics) tiers {
	t := tiers{
		leases: m.counter("leases_total",
			"Fetches by what became of the right to fetch for all replicas: granted, taken by another replica, needless since another "+
				"has fetched by now, or alone without it (Redis fails, or the answer cannot be shared).", "outcome"),
		collapsed: m.counter("collapsed_total",
			"Requests that rode on the fetch of another, by whose: of another request to this replica, or of another replica.", "scope"),
		evicted: m.counter("memory_evictions_total",
			"Entries that left the tier in memory, by cause: room for others, or age.", "cause"),
		dropped: m.counter("redis_values_dropped_total",
			"Values in Redis that were damaged or foreign, and were dropped."),
		tooLarge: m.counter("passed_through_total",
			"Answers larger than CACHE_MAX_ENTRY_BYTES, which are not kept, by endpoint.", "endpoint"),
		restated: m.counter("restatements_total",
			"Refetched answers about closed periods that had other amounts, by provider.", "provider"),
		purged: m.counter("purges_total",
			"Purges ordered at this replica, by mode, and by how far they reached at once: the fleet, or this replica alone.",
			"mode", "reach"),
	}
	begin(t.leases, "outcome", "granted", "taken", "needless", "alone")
	begin(t.collapsed, "scope", "replica", "fleet")
	begin(t.evicted, "cause", "room", "age")
	t.dropped.WithLabelValues()
	for _, mode := range []string{"soft", "hard"} {
		begin(t.purged.MustCurryWith(prometheus.Labels{"mode": mode}), "reach", "fleet", "replica")
	}
	return t
}

// Lease counts a fetch by granted, taken, needless or alone.
func (m *Metrics) Lease(outcome string) { m.leases.WithLabelValues(outcome).Inc() }

// Collapsed counts a request that rode on a fetch of the replica's or the fleet's.
func (m *Metrics) Collapsed(scope string) { m.collapsed.WithLabelValues(scope).Inc() }

// Evicted counts an entry that left memory for room or age.
func (m *Metrics) Evicted(cause string) { m.evicted.WithLabelValues(cause).Inc() }

// Dropped counts a value in Redis that could not be used.
func (m *Metrics) Dropped() { m.dropped.WithLabelValues().Inc() }

// PassedThrough counts an answer that was too large to be kept.
func (m *Metrics) PassedThrough(endpoint string) { m.tooLarge.WithLabelValues(endpoint).Inc() }

// Restatement counts a closed period that was restated.
func (m *Metrics) Restatement(provider string) { m.restated.WithLabelValues(provider).Inc() }

// Purge counts an order.
func (m *Metrics) Purge(hard, shared bool) {
	mode, reach := "soft", "replica"
	if hard {
		mode = "hard"
	}
	if shared {
		reach = "fleet"
	}
	m.purged.WithLabelValues(mode, reach).Inc()
}

// BeginTiers makes series of the words that may come.
func (m *Metrics) BeginTiers(providers, endpoints []string) {
	begin(m.restated, "provider", providers...)
	begin(m.tooLarge, "endpoint", endpoints...)
}

// Memory registers what is read of the tier in memory, which may weigh so many bytes.
func (m *Metrics) Memory(limit int64, size func() (entries int, bytes uint64)) {
	m.gauge("memory_entries", "Entries in the tier in memory: answers, and what cuts left of them.", nil,
		func(tell Tell) { entries, _ := size(); tell(float64(entries)) })
	m.gauge("memory_bytes", "What the tier in memory weighs, in bytes.", nil,
		func(tell Tell) { _, bytes := size(); tell(float64(bytes)) })
	m.gauge("memory_limit_bytes", "What the tier in memory may weigh, in bytes (CACHE_MEMORY_BYTES).", nil,
		func(tell Tell) { tell(float64(limit)) })
}
