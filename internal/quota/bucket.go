package quota

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// bucket is what one caller has taken of a limit: so many requests since an instant at which all of it was there. Both are
// whole numbers, however the limit divides: 7/1m gives one back each 60/7 s, and after a minute exactly seven.
type bucket struct {
	start int64 // Unix microseconds, by the clock of whoever counts
	used  int64
}

// settle brings the bucket to now: it drops what is long given back, and says how many requests have come back since its
// start. A clock that was set back, or a limit that was lowered, costs the caller at most what the limit is.
func (b *bucket) settle(l rate.Limit, now int64) (earned int64) {
	most, per := int64(l.Requests), l.Per.Microseconds()
	b.start = min(b.start, now)
	turns := (now - b.start) / per
	b.start, b.used = b.start+turns*per, b.used-turns*most
	earned = (now - b.start) * most / per
	if b.used <= earned { // all of it is there
		*b = bucket{start: now}
		return 0
	}
	b.used = min(b.used, most+earned)
	return earned
}

// take takes one request, if there is one.
func (b *bucket) take(l rate.Limit, now int64) bool {
	earned := b.settle(l, now)
	if b.used == int64(l.Requests)+earned {
		return false
	}
	b.used++
	return true
}

// left gives the requests that are there now, and how long it takes until there is one more, which is zero for a whole limit.
func (b *bucket) left(l rate.Limit, now int64) (requests int64, next time.Duration) {
	earned := b.settle(l, now)
	most, per := int64(l.Requests), l.Per.Microseconds()
	if b.used == 0 {
		return most, 0
	}
	due := b.start + ((earned+1)*per+most-1)/most // rounded up: before, it would not be there yet
	return most + earned - b.used, time.Duration(due-now) * time.Microsecond
}
