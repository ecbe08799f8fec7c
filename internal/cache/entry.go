package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Entry is an answer of Rocket's with what is needed to serve it. Readers share it: but for the pause
// and the time of the last check it never changes.
type Entry struct {
	FetchedAt time.Time // when Rocket gave the body
	FirstSeen time.Time // when this very content was first seen; kept over identical refetches
	Body      []byte    // as Rocket sent it
	Gzip      []byte    // the same, encoded once; nil where that saves nothing

	State      State     // of the period, when the body was fetched
	FreshUntil time.Time // by today's settings, unless a purge ends it before
	GoneAt     time.Time // after this it must not even stand in for a failure
	keptUntil  time.Time // until then it can still tell when its content was first seen

	// Header values, made once: they are the same for every caller.
	ETag, LastModified, Length, GzipLength []string

	sum     [sha256.Size]byte // of Body
	started uint64            // the stamp of when the fetch began; see clock
	names   []string          // what a purge can name it by

	checked atomic.Int64 // Unix nanoseconds: when Redis was last seen to have nothing newer

	pause pause // between refreshes that fail
}

// newEntry makes the entry for a body that was just fetched. before is the one before it, of use or not, or nil.
func newEntry(p *Policy, q *query.Query, body []byte, started uint64, fetchedAt time.Time, before *Entry) *Entry {
	e := &Entry{
		FetchedAt: fetchedAt, FirstSeen: fetchedAt, Body: body, Gzip: compress(body), sum: sha256.Sum256(body), started: started,
	}
	if before != nil && before.sum == e.sum {
		e.FirstSeen = before.FirstSeen
	}
	return e.judged(p, q)
}

// judged fills what follows from the rest.
func (e *Entry) judged(p *Policy, q *query.Query) *Entry {
	e.State = p.state(q, e.FetchedAt)
	fresh, stale := p.freshFor(q, e.State), max(p.StaleIfError, p.StaleWhileRevalidate)
	e.FreshUntil = e.FetchedAt.Add(fresh)
	e.GoneAt = e.FreshUntil.Add(stale)
	e.keptUntil = e.FreshUntil.Add(max(stale, fresh))
	e.names = namesOf(q, q.Key())
	e.ETag = []string{`W/"` + base64.RawURLEncoding.EncodeToString(e.sum[:16]) + `"`}
	e.LastModified = []string{e.FirstSeen.UTC().Format(http.TimeFormat)}
	e.Length = []string{strconv.Itoa(len(e.Body))}
	e.GzipLength = []string{strconv.Itoa(len(e.Gzip))}
	return e
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

// newer says whether the fetch of e began after that of o.
func (e *Entry) newer(o *Entry) bool {
	return o == nil || e.started > o.started
}

// overhead is about what an entry costs beside its bytes, measured over many small ones.
const overhead = 1536

// weight is about what the entry costs in memory.
func (e *Entry) weight() int { return cap(e.Body) + cap(e.Gzip) + overhead }
