package cache

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxUntold bounds the purges that Redis does not know of.
const maxUntold = 10_000

// purges is this process's copy of when what was purged. It follows messages, and is read again every second.
type purges struct {
	mu     sync.RWMutex
	times  map[string]uint64 // guarded by mu: stamps, by name behind its mode; as Redis had them last
	untold map[string]told   // guarded by mu: purges that Redis is not seen to have; all, where there is none
	latest atomic.Uint64     // of all; what was fetched after it is hit by none
	known  atomic.Bool       // whether Redis was read once
}

// told is what Redis is still to be told of a purge.
type told struct {
	at    uint64
	asNow bool // at is by our own clock: Redis is to take its own
	held  bool // somebody is telling Redis
}

// version is that of the copy.
func (p *purges) version() uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.times[versionField]
}

// last gives the stamp of the last soft purge of a name.
func (p *purges) last(name string) uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.at(softly + name)
}

// lastOf gives the stamp of the last purge of any of the names, soft or hard.
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
		purge := strings.HasPrefix(name, softly) || strings.HasPrefix(name, firmly)
		old := past(at, times[versionField], longestLife)
		if purge && at > times[name] && !old {
			p.postpone(name, told{at: at})
		}
	}
	p.times = times
	maps.DeleteFunc(p.untold, func(name string, t told) bool { return !t.asNow && !t.held && times[name] >= t.at })
	p.latest.Store(max(times[latestField], p.latest.Load()))
}

// add notes purges that Redis knows nothing of, and gives those that it noted.
func (p *purges) add(names []string, t told, longestLife time.Duration) map[string]told {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.untold)+len(names) > maxUntold {
		maps.DeleteFunc(p.untold, func(_ string, u told) bool { return past(u.at, t.at, longestLife) })
	}
	these := map[string]told{}
	for _, name := range names {
		these[p.postpone(name, t)] = t
	}
	p.latest.Store(max(t.at, p.latest.Load()))
	return these
}

// postpone keeps a purge until Redis takes it; the caller holds the lock. Where there are too many it is one of everything:
// better once too often. The name that it is kept by is given back.
func (p *purges) postpone(name string, t told) string {
	if p.untold == nil {
		p.untold = map[string]told{}
	}
	if _, there := p.untold[name]; !there && len(p.untold) >= maxUntold {
		name = name[:len(softly)] + allThings
	}
	if t.at > p.untold[name].at {
		p.untold[name] = t
	}
	return name
}

// hold gives what nobody is telling Redis yet: the caller does.
func (p *purges) hold() map[string]told {
	p.mu.Lock()
	defer p.mu.Unlock()
	these := map[string]told{}
	for name, t := range p.untold {
		if !t.held {
			t.held = true
			these[name], p.untold[name] = t, t
		}
	}
	return these
}

// release ends hold. stamp is what Redis took as now, or 0 where it took nothing. What it took counts as untold until it is seen
// to have it still.
func (p *purges) release(these map[string]told, stamp uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, t := range these {
		switch held, there := p.untold[name]; {
		case !there || held != t: // it was purged again meanwhile
		case t.asNow && stamp != 0:
			p.untold[name] = told{at: stamp}
		default:
			t.held = false
			p.untold[name] = t
		}
	}
	p.latest.Store(max(stamp, p.latest.Load()))
}

// at gives the stamp of the last purge of a name behind its mode; the caller holds the lock.
func (p *purges) at(name string) uint64 { return max(p.times[name], p.untold[name].at) }

// hit gives the stamp of the first purge that hits the entry after its fetch began, and whether one of them is hard.
func (p *purges) hit(e *Entry) (at uint64, hard bool) {
	if e.started >= p.latest.Load() {
		return 0, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, name := range e.names {
		if t := p.at(softly + name); t > e.started && (at == 0 || t < at) {
			at = t
		}
		if p.at(firmly+name) > e.started {
			return 0, true
		}
	}
	return at, false
}

// past says whether a stamp is so old at another that it can hit no entry.
func past(at, now uint64, longestLife time.Duration) bool {
	return now > at && now-at > uint64(max(0, longestLife.Microseconds()))
}
