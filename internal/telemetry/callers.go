package telemetry

import "time"

// Keys registers when the issuer's keys were last read.
func (m *Metrics) Keys(read func() time.Time) {
	m.gauge("jwks_read_timestamp_seconds",
		"When the issuer of tokens last gave its keys, as Unix time in seconds; 0 before it ever has.", nil,
		func(tell Tell) { tell(seconds(read())) })
}
