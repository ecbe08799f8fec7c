package telemetry

// Quota is a limit for callers, and how many requests it has refused.
type Quota struct {
	Limit   string
	Refused uint64
}

// Quotas registers how many requests the limits have refused.
func (m *Metrics) Quotas(read func() []Quota) {
	m.count("quota_refusals_total",
		"Requests beyond a limit for callers, by limit: requests (RATE_LIMIT) or upstream (UPSTREAM_QUOTA).", []string{"limit"},
		func(tell Tell) {
			for _, q := range read() {
				tell(float64(q.Refused), q.Limit)
			}
		})
}
