package cache

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// A purge has a random id. A name that can be purged has the id of its latest purge, and an entry has the ids that its names had when its
// fetch began. A purge hits the entries that do not have its id: no clock and no count is compared.
//
// Redis has the record of all purges. Each write of it has a random id too, and the record keeps the ids of the latest writes, its
// lineage, so that a replica distinguishes a record that has advanced from one that has lost writes or comes from the other side of
// a failover. What such a record lacks is pending again. Its digest, of all writes ever, identifies what the record has, so that a
// replica that knows a digest reads only what was written since.

const maxPending = 10_000 // purges that Redis does not have

// purge is the latest purge of a name.
type purge struct {
	id uint64
	at int64 // Unix milliseconds, by the clock of the replica that purged
}

// pending is a purge that has not been seen in Redis yet.
type pending struct {
	purge
	follows uint64 // the id that it is to replace, 0 if none
	there   uint64 // the id in the record that was read last, 0 if none; another one if it is uncertain whether the write before succeeded
	write   string // the id of the write that was to bring it to Redis last
}

// purges are what this replica knows of the purges.
type purges struct {
	mu        sync.RWMutex
	record                       // guarded by mu: as Redis had it last, with what is pending
	pending   map[string]pending // guarded by mu, by name behind its mode; all, without Redis
	ancestors string             // guarded by mu: the ids of writes that Redis has lost
	epochless bool               // guarded by mu: Redis is seen to lack an epoch

	changes atomic.Uint64 // counts changes of the above; an entry that was compared since the last one need not be compared again
	known   atomic.Bool   // whether this replica and the record were in step once
}

func newPurges() *purges {
	return &purges{record: record{names: map[string]purge{}}, pending: map[string]pending{}}
}

// seen returns the ids of purges of the names that a fetch that begins now comes after: the latest, and if Redis does not have that one
// yet, what other replicas know.
func (p *purges) seen(names []string) (ids []uint64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, name := range names {
		for _, mode := range []string{soft, hard} {
			latest, waits := p.names[mode+name], p.pending[mode+name]
			for _, id := range [...]uint64{latest.id, waits.follows, waits.there} {
				if id != 0 && !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

// misses reports whether a fetch that came after the purges with these ids did not come after the latest ones of the names.
func (p *purges) misses(names []string, ids []uint64) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	misses := func(name string) bool { u, ok := p.names[name]; return ok && !slices.Contains(ids, u.id) }
	return slices.ContainsFunc(names, func(name string) bool { return misses(soft+name) || misses(hard+name) })
}

// version returns a number that changes with every purge of one of the names.
func (p *purges) version(names []string) (version uint64) {
	for _, id := range p.seen(names) {
		version += id
	}
	return version
}

// hit reports whether purges hit the entry of a query, whether one of them is hard, and when that was, or the first soft one.
func (p *purges) hit(q *query.Query, e *Entry) (at time.Time, isSoft, isHard bool) {
	changes := p.changes.Load()
	if e.Spared.Load() == changes+1 {
		return time.Time{}, false, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, name := range namesOf(q) {
		if u, ok := p.names[hard+name]; ok && !e.Follows(u.id) {
			return time.UnixMilli(u.at), false, true
		}
		if u, ok := p.names[soft+name]; ok && !e.Follows(u.id) {
			if t := time.UnixMilli(u.at); !isSoft || t.Before(at) {
				at = t
			}
			isSoft = true
		}
	}
	if !isSoft {
		e.Spared.Store(changes + 1)
	}
	return at, isSoft, false
}

// hits reports whether a purge has hit the entry of a query.
func (p *purges) hits(q *query.Query, e *Entry) bool {
	_, isSoft, isHard := p.hit(q, e)
	return isSoft || isHard
}

// last returns when one of the names was purged last, by the clocks of the replicas.
func (p *purges) last(names ...string) time.Time {
	p.mu.RLock()
	defer p.mu.RUnlock()
	at := int64(0)
	for _, name := range names {
		at = max(at, p.names[soft+name].at, p.names[hard+name].at)
	}
	return time.UnixMilli(at)
}

// add adds pending purges of the names, and of everything if there are too many. It returns the names of these purges and their ids.
func (p *purges) add(these []string, now time.Time) (names []string, ids []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	names = these
	if len(p.pending) >= maxPending {
		names = append(names, p.fold()...)
	}
	for _, name := range names {
		u, id := purge{randomID(), now.UnixMilli()}, p.names[name].id
		next := pending{purge: u, follows: id, there: id}
		if before, ok := p.pending[name]; ok {
			next.there = before.there
			if before.write == "" {
				next.follows = before.follows
			}
		}
		p.pending[name], p.names[name] = next, u
		ids = append(ids, u.id)
	}
	p.changes.Add(1)
	return names, ids
}

// fold forgets the pending purges, and returns the names of everything that are to be purged instead; the caller holds the lock.
func (p *purges) fold() []string {
	modes := map[string]bool{}
	for name, one := range p.pending {
		modes[name[:len(soft)]+allName] = true
		if one.there == 0 {
			delete(p.names, name)
		} else {
			p.names[name] = purge{one.there, one.at}
		}
	}
	clear(p.pending)
	return slices.Collect(maps.Keys(modes))
}
