package cache

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

type metrics struct {
	promauto.Factory

	leases, collapsed, evicted, passedThrough, restated, purged *prometheus.CounterVec
	dropped                                                     prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{Factory: promauto.With(r)}
	m.leases = m.counter("leases_total",
		"Fetches by the outcome of the lease. granted: this replica leads. taken: another replica leads. needless: another replica has "+
			"fetched meanwhile. alone: without a lease, since Redis fails or the response cannot be shared.",
		"outcome", "granted", "taken", "needless", "alone")
	m.collapsed = m.counter("collapsed_total",
		"Requests that waited for the fetch of another request, by scope: of the same replica, or of the fleet.", "scope", "replica", "fleet")
	m.evicted = m.counter("memory_evictions_total",
		"Entries that the memory tier evicted, by cause. room: for new entries. age: expired.", "cause", "room", "age")
	m.passedThrough = m.counter("passed_through_total",
		"Responses larger than CACHE_MAX_ENTRY_BYTES, which are not stored, by endpoint.", "endpoint")
	for _, e := range query.Endpoints() {
		m.passedThrough.WithLabelValues(e.Name)
	}
	m.restated = m.counter("restatements_total", "Refetched responses about closed periods that had other amounts, by provider.",
		"provider", string(query.Azure), string(query.AWS), string(query.GCP))
	m.purged = m.NewCounterVec(prometheus.CounterOpts{
		Name: "purges_total",
		Help: "Purges that this replica got, by mode, and by what they reached at once: the fleet, or only this replica.",
	}, []string{"mode", "reach"})
	for _, mode := range []string{"soft", "hard"} {
		m.purged.WithLabelValues(mode, "fleet")
		m.purged.WithLabelValues(mode, "replica")
	}
	m.dropped = m.NewCounter(prometheus.CounterOpts{
		Name: "redis_values_dropped_total", Help: "Values in Redis that were damaged or foreign, and so were dropped.",
	})
	return m
}

// counter registers a counter, with series before the first event: it is then an increase, which rate and increase see.
func (m *metrics) counter(name, help, label string, values ...string) *prometheus.CounterVec {
	c := m.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	for _, value := range values {
		c.WithLabelValues(value)
	}
	return c
}

// observe registers the size of the memory tier, which may weigh limit bytes.
func (m *metrics) observe(memory *store.Memory, limit int64) {
	gauge := func(name, help string, value func() float64) {
		m.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	gauge("memory_entries", "Entries in the memory tier: responses, and what row filters left of them.",
		func() float64 { entries, _ := memory.Size(); return float64(entries) })
	gauge("memory_bytes", "Weight of the memory tier in bytes.", func() float64 { _, bytes := memory.Size(); return float64(bytes) })
	gauge("memory_limit_bytes", "Bound on the weight of the memory tier in bytes (CACHE_MEMORY_BYTES).",
		func() float64 { return float64(limit) })
}
