package cache

import (
	"sync/atomic"
	"time"
)

// clock gives the stamps that put fetches and purges in order. They are microseconds by Redis's clock, since those of the
// replicas may differ by minutes. That one may go back too, at a failover, so no stamp is less than any that was seen before.
type clock struct {
	now   func() time.Time
	ahead atomic.Int64  // Redis's clock before ours, in microseconds, when it was heard last
	seen  atomic.Uint64 // the latest stamp
}

// hear takes note of Redis's time, in microseconds.
func (c *clock) hear(now int64) { c.ahead.Store(now - c.now().UnixMicro()) }

// see takes note of a stamp and gives it back.
func (c *clock) see(stamp uint64) uint64 {
	for seen := c.seen.Load(); stamp > seen && !c.seen.CompareAndSwap(seen, stamp); {
		seen = c.seen.Load()
	}
	return stamp
}

// stamp is that of what begins now where Redis is not asked: by its time as it was heard last, or by ours.
func (c *clock) stamp() uint64 {
	now := uint64(max(0, c.now().UnixMicro()+c.ahead.Load()))
	return c.see(max(now, c.seen.Load()+1))
}

// ours gives the time of a stamp by our own clock.
func (c *clock) ours(stamp uint64) time.Time {
	return time.UnixMicro(int64(stamp) - c.ahead.Load()) //nolint:gosec // a time
}

// tolerated is a difference of clocks that is not worth mending. Below it no time ever moves.
const tolerated = 5 * time.Second

// shift is what has to be added to a time of ours for those who read it, and taken off theirs: whole seconds, so that what is
// shown in seconds does not flicker.
func (c *clock) shift() time.Duration {
	ahead := time.Duration(c.ahead.Load()) * time.Microsecond
	if ahead.Abs() < tolerated {
		return 0
	}
	return ahead.Round(time.Second)
}
