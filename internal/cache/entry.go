package cache

import (
	"encoding/binary"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Entry is an answer of Rocket's with what is needed to serve it. Readers share it: but for the atomic
// members it never changes.
type Entry struct {
	Content
	FetchedAt time.Time // when Rocket gave the body
	FirstSeen time.Time // when this very content was first seen; kept over identical refetches

	State      State     // of the period, when the body was fetched
	FreshUntil time.Time // by today's settings, unless a purge ends it before
	refreshAt  time.Time // a little before, at a point of the key's own: whoever asks from then on has it fetched anew
	GoneAt     time.Time // after this it must not even stand in for a failure
	keptUntil  time.Time // until then it can still tell when its content was first seen

	LastModified []string // the header's value

	start
	id    uint64   // tells the entry from every other one
	names []string // what a purge can name it by
	lent  bool     // the content is another entry's too, and weighs nothing here

	unshared atomic.Bool   // Redis did not get it
	spared   atomic.Uint64 // the count of changes of purges, plus one, when no purge hit it

	checked atomic.Int64 // Unix nanoseconds: when Redis was last seen to have nothing newer; negative: a message says that it has
}

// newEntry makes the entry for a body that was just fetched. before is the one before it, of use or not, or nil.
func newEntry(p *Policy, q *query.Query, body []byte, at start, fetchedAt time.Time, before *Entry) *Entry {
	e := &Entry{Content: newContent(body), FetchedAt: fetchedAt, FirstSeen: fetchedAt, start: at, id: randomID()}
	if before != nil && before.sum == e.sum {
		e.FirstSeen = before.FirstSeen
	}
	return e.judged(p, q)
}

// judged fills what follows from the rest.
func (e *Entry) judged(p *Policy, q *query.Query) *Entry {
	e.State = p.state(q, e.FetchedAt)
	key, fresh, stale := q.Key(), p.freshFor(q, e.State), max(p.StaleIfError, p.StaleWhileRevalidate)
	e.FreshUntil = e.FetchedAt.Add(fresh)
	e.refreshAt = e.FreshUntil.Add(-jitter(key, fresh))
	e.GoneAt = e.FreshUntil.Add(stale)
	e.keptUntil = e.FreshUntil.Add(max(stale, fresh))
	e.names = namesOf(q)
	e.LastModified = []string{e.FirstSeen.UTC().Format(http.TimeFormat)}
	return e
}

// jitterShare is the part of a freshness lifetime over which refreshes are spread: 22 minutes of a day, 5 seconds of 5 minutes.
const jitterShare = 64

// jitter spreads the refreshes of answers that were fetched together, after a warm-up for example. It follows from the key, so
// that all replicas agree, and comes off the time of the refresh alone: an answer stays as fresh as the settings say.
func jitter(key query.Key, life time.Duration) time.Duration {
	return life / jitterShare >> 16 * time.Duration(binary.BigEndian.Uint16(key[:]))
}

// notAfter brings times that are to come back to now: the clock they are by has changed, at a failover for example.
func (e *Entry) notAfter(now time.Time) {
	for _, t := range []*time.Time{&e.FetchedAt, &e.FirstSeen} {
		if t.After(now) {
			*t = now
		}
	}
}

// Age is how long ago Rocket gave the body, never negative: clocks of replicas differ.
func (e *Entry) Age(now time.Time) time.Duration { return max(0, now.Sub(e.FetchedAt)) }

// start is what is known when a fetch begins.
type start struct {
	number     uint64        // of the fetch among those of the query; see clock
	correction *atomic.Int64 // of the number; nil: there is none
	seen       []uint64      // ids of purges of its names that it comes after; see purges
}

// order returns the place of the fetch among those of the query.
func (s *start) order() uint64 {
	if s.correction == nil {
		return s.number
	}
	return s.number + uint64(s.correction.Load()) //nolint:gosec // it wraps around for a negative one
}

// knows reports whether the fetch came after a purge.
func (e *Entry) knows(purge uint64) bool { return slices.Contains(e.seen, purge) }

// newer reports whether the fetch of e began after that of o.
func (e *Entry) newer(o *Entry) bool {
	return o == nil || e.order() > o.order()
}

// overhead is about what an entry costs beside its bytes, measured over many small ones.
const overhead = 1536

// weight is about what the entry costs in memory.
func (e *Entry) weight() int {
	if e.lent {
		return overhead
	}
	return cap(e.Body) + cap(e.Gzip) + overhead
}
