package auth

import "time"

const (
	burst    = 3               // fetches that callers may cause one after another
	interval = 3 * time.Second // between those that follow
)

// allowance spaces out the fetches that callers cause, so that a flood of made-up key ids does not become one at the issuer.
// It is a bucket of burst tokens, one more each interval, kept as the moment when it is full again.
type allowance struct{ full time.Time }

// take says how long to wait before a fetch.
func (a *allowance) take(now time.Time) time.Duration {
	if a.full.Before(now) {
		a.full = now
	}
	wait := a.full.Sub(now) - (burst-1)*interval
	a.full = a.full.Add(interval)
	return max(0, wait)
}
