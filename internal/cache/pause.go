package cache

import (
	"sync/atomic"
	"time"
)

// A refresh that failed is not tried again at once: the pause doubles with each failure, up to the longest.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
)

// pause holds a stale entry back from Rocket after failures.
type pause struct {
	failures atomic.Int32
	until    atomic.Int64 // Unix nanoseconds
}

func (p *pause) active(now time.Time) bool { return now.UnixNano() < p.until.Load() }

// lengthen notes one more failure.
func (p *pause) lengthen(now time.Time) {
	wait := longestPause
	if n := p.failures.Add(1) - 1; n < 4 {
		wait = shortestPause << n
	}
	p.until.Store(now.Add(wait).UnixNano())
}
