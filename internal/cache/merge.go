package cache

import (
	"maps"
	"slices"
	"strings"
)

// record is what Redis has of the purges, or what has changed in that.
type record struct {
	digest  string           // of all that was written, ever
	since   string           // the digest of the record that this is to be added to, "" if it is all
	names   map[string]purge // by name behind its mode
	lineage string           // the ids of the latest writes, the last one first
	epochs  []string         // records that this one continues; what is stored under another may miss purges
}

// take makes the record of Redis that of this replica, with what Redis does not have.
func (p *purges) take(r record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.since != "" {
		r.lineage += p.lineage
		r.lineage = r.lineage[:min(len(r.lineage), maxWrites*idSize)]
	}
	continued := p.lineage == "" || strings.Contains(r.lineage, p.lineage[:idSize])
	p.merge(&r, continued)
	if !continued {
		p.ancestors = p.lineage + p.ancestors
		p.ancestors = p.ancestors[:min(len(p.ancestors), maxWrites/2*idSize)]
	}
	if p.ancestors != "" && strings.Contains(r.lineage, p.ancestors[:idSize]) {
		p.ancestors = ""
	}
	if (r.lineage == "" || len(r.epochs) == 0) && len(p.epochs) == 0 {
		p.epochs = []string{newID()}
	}
	p.epochless = false
	for _, epoch := range p.epochs {
		if len(r.epochs) < maxEpochs && !slices.Contains(r.epochs, epoch) {
			r.epochs, p.epochless = append(r.epochs, epoch), true
		}
	}
	p.record = r
	p.changes.Add(1)
}

// merge adds to the record what it does not have, which is pending, and ends what is pending if it has that. A record that continues
// the one before has everything else. The caller holds the lock.
func (p *purges) merge(r *record, continued bool) {
	older := r.lineage != "" && strings.Index(p.lineage, r.lineage[:idSize]) > 0
	mine := maps.Keys(p.names)
	if continued {
		mine = maps.Keys(p.pending)
	}
	for name := range mine {
		u := p.names[name]
		before, waits := p.pending[name]
		there, ok := r.names[name]
		if !ok && r.since != "" { // it has not changed
			there.id, ok = before.there, before.there != 0
		}
		switch {
		case there.id == u.id, waits && before.write != "" && strings.Contains(r.lineage, before.write):
			delete(p.pending, name)
			continue
		case ok && !older && there.id != before.follows: // each may have come after the other
			u.id = randomID()
		}
		r.names[name] = u
		p.pending[name] = pending{purge: u, follows: there.id, there: there.id}
	}
	if r.since != "" {
		maps.Copy(p.names, r.names)
		r.names = p.names
	}
}

// waiting returns the names of the pending purges.
func (p *purges) waiting() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Collect(maps.Keys(p.pending))
}

// unwritten returns what the write of the record with an id is to bring to Redis, the pending purges of the names among it, and reports
// whether it is anything. A record with the ids of lost writes or an epoch again must have all their purges too.
func (p *purges) unwritten(write string, names []string) (these map[string]pending, ancestors string, epochs []string, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ancestors != "" || p.epochless {
		names = slices.Collect(maps.Keys(p.pending))
	}
	these = make(map[string]pending, len(names))
	for _, name := range names {
		if one, waits := p.pending[name]; waits {
			one.write = write
			p.pending[name], these[name] = one, one
		}
	}
	return these, p.ancestors, p.epochs, len(these) > 0 || p.ancestors != "" || p.epochless
}

// lastRead returns the digest of the record that was read last, "" if none was.
func (p *purges) lastRead() (digest string) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.digest
}

// epoch returns the epoch of what is stored now.
func (p *purges) epoch() uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if len(p.epochs) == 0 {
		return randomID()
	}
	return parseID(p.epochs[0])
}

// continues reports whether the record has all purges since the epoch began.
func (p *purges) continues(epoch uint64) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Contains(p.epochs, hexID(epoch))
}
