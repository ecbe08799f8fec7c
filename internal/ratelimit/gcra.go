package ratelimit

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// bucket is the GCRA state of one caller: so many requests used since an instant at which the whole limit was available. Both are
// whole numbers, whatever the limit: 7/1m returns one request each 60/7 s, and after a minute exactly seven.
type bucket struct {
	start int64 // Unix microseconds, by the clock of the counting process
	used  int64
}

// settle brings the bucket to now: it drops what was returned long ago, and returns how many requests have come back since its
// start. A clock that was set back, or a limit that was lowered, costs the caller at most the limit.
func (b *bucket) settle(l rate.Limit, now int64) (earned int64) {
	most, per := int64(l.Requests), l.Per.Microseconds()
	b.start = min(b.start, now)
	turns := (now - b.start) / per
	b.start, b.used = b.start+turns*per, b.used-turns*most
	earned = (now - b.start) * most / per
	if b.used <= earned { // the whole limit is available
		*b = bucket{start: now}
		return 0
	}
	b.used = min(b.used, most+earned)
	return earned
}

// take takes so many requests, and reports whether they were available.
func (b *bucket) take(l rate.Limit, n, now int64) bool {
	earned := b.settle(l, now)
	if b.used+n > int64(l.Requests)+earned {
		return false
	}
	b.used += n
	return true
}

// left returns the requests that are available now.
func (b *bucket) left(l rate.Limit, now int64) int64 {
	earned := b.settle(l, now)
	return int64(l.Requests) + earned - b.used
}

// next returns the time until so many requests are available, more than are now. It is zero for a whole limit.
func (b *bucket) next(l rate.Limit, requests, now int64) time.Duration {
	b.settle(l, now)
	most, per := int64(l.Requests), l.Per.Microseconds()
	if b.used == 0 {
		return 0
	}
	due := b.start + ((b.used+requests-most)*per+most-1)/most // rounded up: before, they are not available yet
	return time.Duration(due-now) * time.Microsecond
}
