package cache

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// maxUntold bounds the purges that Redis does not know of.
const maxUntold = 10_000

// purges is this process's copy of when what was purged. It follows messages, and is read again every second.
type purges struct {
	mu     sync.RWMutex
	times  map[string]uint64 // guarded by mu: microseconds, by name behind its mode; as Redis had them last
	untold map[string]told   // guarded by mu: purges that Redis did not take or has lost; all, where there is none
	latest atomic.Uint64     // of all; what was fetched after it is hit by none
	known  atomic.Bool       // whether Redis was read once
}

// told is what Redis is still to be told of a purge.
type told struct {
	at    uint64
	asNow bool // at is by our own clock: Redis is to take its own
}

// version is that of the copy.
func (p *purges) version() uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.times[versionField]
}

// last gives the time of the last soft purge of a name.
func (p *purges) last(name string) time.Time {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return time.UnixMicro(int64(p.at(softly + name))) //nolint:gosec // a time
}

// lastOf gives the time of the last purge of any of the names, soft or hard.
func (p *purges) lastOf(names []string) (last uint64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, name := range names {
		last = max(last, p.at(softly+name), p.at(firmly+name))
	}
	return last
}

// take makes times the copy. Redis may have lost purges since the last one, which are not forgotten: they hit on, and Redis is
// told again. Those that are so old that they can hit nothing it has dropped itself.
func (p *purges) take(times map[string]uint64, longestLife time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, at := range p.times {
		old := at+uint64(longestLife.Microseconds()) < times[versionField]
		if name != versionField && name != latestField && at > times[name] && !old {
			p.postpone(name, told{at: at})
		}
	}
	p.times = times
	p.latest.Store(max(times[latestField], p.latest.Load()))
}

// add notes purges that Redis knows nothing of.
func (p *purges) add(names []string, now uint64, longestLife time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.untold)+len(names) > maxUntold {
		maps.DeleteFunc(p.untold, func(_ string, t told) bool { return t.at+uint64(longestLife.Microseconds()) < now })
	}
	for _, name := range names {
		p.postpone(name, told{now, true})
	}
	p.latest.Store(max(now, p.latest.Load()))
}

// postpone keeps a purge until Redis takes it; the caller holds the lock. Where there are too many it is one of everything:
// better once too often.
func (p *purges) postpone(name string, t told) {
	if p.untold == nil {
		p.untold = map[string]told{}
	}
	if _, there := p.untold[name]; !there && len(p.untold) >= maxUntold {
		name = name[:len(softly)] + allThings
	}
	if t.at > p.untold[name].at {
		p.untold[name] = t
	}
}

// missing gives what Redis is still to be told.
func (p *purges) missing() map[string]told {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return maps.Clone(p.untold)
}

// done forgets what Redis was told, and no more than that.
func (p *purges) done(these map[string]told) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.untold, func(name string, t told) bool { return these[name] == t })
}

// at gives the time of the last purge of a name behind its mode; the caller holds the lock.
func (p *purges) at(name string) uint64 { return max(p.times[name], p.untold[name].at) }

// hit gives the time of the first purge that hits the entry after its fetch began, and whether one of them is hard.
func (p *purges) hit(e *Entry) (at time.Time, hard bool) {
	if e.started >= p.latest.Load() {
		return time.Time{}, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	var first uint64
	for _, name := range e.names {
		if t := p.at(softly + name); t > e.started && (first == 0 || t < first) {
			first = t
		}
		if p.at(firmly+name) > e.started {
			return time.Time{}, true
		}
	}
	if first == 0 {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(first)), false
}
