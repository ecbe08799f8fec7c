package cache

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A purge has a random id. A name that can be purged has the id of its latest purge, and an entry has the ids that its names had when its
// fetch began. A purge hits the entries that do not have its id: no clock and no count is compared.
//
// Redis has the record of all purges. Each write of it has a random id too, and the record keeps the ids of the latest writes, its
// lineage, so that a replica tells a record that has advanced from one that has lost writes or comes from the other side of
// a failover. What such a record lacks is pending again.

const (
	lineageSize = 16     // of the id of a write
	maxPending  = 10_000 // purges that Redis does not have
)

// purge is the latest purge of a name.
type purge struct {
	id      uint64
	at      int64  // Unix milliseconds, by the clock of the replica that purged
	follows uint64 // the id that the name had in Redis then; of a pending purge
}

// record is what Redis has of the purges.
type record struct {
	names   map[string]purge // by name behind its mode
	lineage string           // the ids of the latest writes, the last one first
	epochs  []string         // records that this one continues; what is stored under another may miss purges
}

// purges are what this replica knows of the purges.
type purges struct {
	mu        sync.RWMutex
	record                     // guarded by mu: as Redis had it last
	pending   map[string]purge // guarded by mu: what Redis is not seen to have; all, without Redis
	ancestors string           // guarded by mu: the lineage of a record that Redis has lost
	unwritten bool             // guarded by mu: Redis is seen to have no record

	changes atomic.Uint64 // counts changes of the above; what was judged since the last one need not be judged again
	known   atomic.Bool   // whether Redis was read once
}

// sources are where the ids of a name may be; the caller holds the lock.
func (p *purges) sources() [2]map[string]purge {
	return [2]map[string]purge{p.names, p.pending}
}

// seen returns the ids of the latest purges of the names: those that a fetch that begins now comes after.
func (p *purges) seen(names []string) (ids []uint64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, source := range p.sources() {
		for _, name := range names {
			for _, mode := range []string{softly, firmly} {
				if u, ok := source[mode+name]; ok {
					ids = append(ids, u.id)
				}
			}
		}
	}
	return ids
}

// state is the same as one number. It changes with every purge of one of the names.
func (p *purges) state(names []string) (state uint64) {
	for _, id := range p.seen(names) {
		state += id
	}
	return state
}

// hit reports whether purges hit the entry, whether one of them is hard, and when the first soft one was.
func (p *purges) hit(e *Entry) (at time.Time, soft, hard bool) {
	changes := p.changes.Load()
	if e.spared.Load() == changes+1 {
		return time.Time{}, false, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, source := range p.sources() {
		for _, name := range e.names {
			if u, ok := source[firmly+name]; ok && !e.knows(u.id) {
				return time.Time{}, false, true
			}
			if u, ok := source[softly+name]; ok && !e.knows(u.id) {
				if t := time.UnixMilli(u.at); !soft || t.Before(at) {
					at = t
				}
				soft = true
			}
		}
	}
	if !soft {
		e.spared.Store(changes + 1)
	}
	return at, soft, false
}

// last returns when the name was purged softly last.
func (p *purges) last(name string) (at time.Time) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, source := range p.sources() {
		if u, ok := source[softly+name]; ok && time.UnixMilli(u.at).After(at) {
			at = time.UnixMilli(u.at)
		}
	}
	return at
}

// since reports whether one of the names was purged after an instant, by the clocks of the replicas.
func (p *purges) since(names []string, t time.Time) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, source := range p.sources() {
		for _, name := range names {
			if max(source[softly+name].at, source[firmly+name].at) > t.UnixMilli() {
				return true
			}
		}
	}
	return false
}

// add makes pending purges of the names, and returns their ids.
func (p *purges) add(names []string, now time.Time) (ids []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range names {
		ids = append(ids, p.postpone(name, purge{id: rand.Uint64(), at: now.UnixMilli(), follows: p.names[name].id}))
	}
	p.changes.Add(1)
	return ids
}

// postpone keeps a purge until Redis has it, and returns its id; the caller holds the lock. If there are too many, those before become one
// of everything.
func (p *purges) postpone(name string, u purge) uint64 {
	if _, there := p.pending[name]; !there && len(p.pending) >= maxPending {
		folded := map[string]purge{}
		for name, u := range p.pending {
			folded[name[:len(softly)]+allThings] = purge{id: rand.Uint64(), at: u.at}
		}
		p.pending = folded
	}
	if p.pending == nil {
		p.pending = map[string]purge{}
	}
	p.pending[name] = u
	return u.id
}

// take makes the record of Redis that of this replica. If it does not continue the one that was known, what it lacks is pending.
func (p *purges) take(r record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	continued := p.lineage == "" || strings.Contains(r.lineage, p.lineage[:lineageSize])
	if !continued {
		older := r.lineage != "" && strings.Contains(p.lineage, r.lineage[:lineageSize])
		for name, u := range p.names {
			switch there, ok := r.names[name]; {
			case there.id == u.id && ok:
				continue
			case !ok:
				u.follows = 0
			case older:
				u.follows = there.id
			default: // each may have come after the other
				u = purge{id: rand.Uint64(), at: u.at, follows: there.id}
			}
			if _, pending := p.pending[name]; !pending {
				p.postpone(name, u)
			}
		}
		p.ancestors = p.lineage + p.ancestors
	}
	p.unwritten = r.lineage == ""
	if p.unwritten && len(p.epochs) == 0 {
		p.epochs = []string{newID()}
	}
	for _, epoch := range p.epochs {
		if !slices.Contains(r.epochs, epoch) {
			r.epochs, p.unwritten = append(r.epochs, epoch), true
		}
	}
	p.record = r
	p.changes.Add(1)
}

// unsaid returns what Redis is to be told, if anything.
func (p *purges) unsaid() (these map[string]purge, ancestors string, any bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return maps.Clone(p.pending), p.ancestors, len(p.pending) > 0 || p.unwritten || p.ancestors != ""
}

// said ends what is pending, if the record that was read last has the write.
func (p *purges) said(these map[string]purge, ancestors, write string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !strings.Contains(p.lineage, write) {
		return
	}
	maps.DeleteFunc(p.pending, func(name string, u purge) bool { return these[name] == u })
	if p.ancestors == ancestors {
		p.ancestors = ""
	}
	p.changes.Add(1)
}

// newest returns the id of the last write that was read.
func (p *purges) newest() string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.lineage[:min(lineageSize, len(p.lineage))]
}

// allEpochs returns the epochs of the records that this one continues.
func (p *purges) allEpochs() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.epochs
}

// epoch returns that of what is stored now.
func (p *purges) epoch() string {
	if all := p.allEpochs(); len(all) > 0 {
		return all[0]
	}
	return newID()
}

// continues reports whether the record has all purges since the epoch began.
func (p *purges) continues(epoch string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Contains(p.epochs, epoch)
}

func newID() string { return hexID(rand.Uint64()) }

func hexID(id uint64) string { return fmt.Sprintf("%016x", id) }

func parseID(text string) uint64 {
	id, _ := strconv.ParseUint(text, 16, 64)
	return id
}
