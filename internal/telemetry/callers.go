package telemetry

import "time"

// Keys registers when the issuer's keys were last read.
func (m *Metrics) Keys(read func() time.Time) {
	m.gauge("jwks_read_timestamp_seconds",
		"When the issuer of tokens last gave its keys, as Unix time in seconds; 0 before it ever has.", nil,
		func(tell Tell) { tell(seconds(read())) })
}

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
