// Package store keeps cache entries: their content and encoding, the tier in memory, the tier in Redis, and the order of the fetches of
// one query. It decides neither how long an entry is fresh (cache.Policy) nor whether a purge hits it.
//
// It imports query and fleet alone of our packages.
package store

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Content is a body as it is sent, with what is encoded and computed from it once. Readers share it.
type Content struct {
	Body []byte // as Rocket sent it, or what a row filter left of it
	Gzip []byte // the same, encoded; nil if that saves nothing

	// Header values: they are the same for every caller that gets the body.
	ETag, Length, GzipLength [1]string

	Sum [sha256.Size]byte // of Body
}

// NewContent returns the content of a body.
func NewContent(body []byte) Content {
	c := Content{Body: body, Gzip: compress(body, &writers), Sum: sha256.Sum256(body)}
	c.describe()
	return c
}

// NewVariant returns the content of a body that one request gets and nothing keeps: without a gzip form, and without a Sum, which
// takes longer than making the body. tagged is the part of it that the entity tag identifies.
func NewVariant(body, tagged []byte) *Content {
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], xxhash.Sum64(tagged))
	return &Content{Body: body, ETag: entityTag(sum[:]), Length: [1]string{strconv.Itoa(len(body))}}
}

// Compress adds the gzip form of a variant, made fast rather than small.
func (c *Content) Compress() {
	c.Gzip = compress(c.Body, &fastWriters)
	c.GzipLength = [1]string{strconv.Itoa(len(c.Gzip))}
}

func entityTag(sum []byte) [1]string {
	var space [32]byte
	tag := base64.RawURLEncoding.AppendEncode(append(space[:0], `W/"`...), sum)
	return [1]string{string(append(tag, '"'))}
}

// describe fills the header values.
func (c *Content) describe() {
	c.ETag = entityTag(c.Sum[:16])
	c.Length = [1]string{strconv.Itoa(len(c.Body))}
	c.GzipLength = [1]string{strconv.Itoa(len(c.Gzip))}
}

// State is what may still happen to the numbers of a billed period.
type State string

// Freshness is how long an entry is of use, by the settings of this replica.
type Freshness struct {
	State       State     // of the period, when the body was fetched
	FreshUntil  time.Time // unless a purge ends it before
	RefreshAt   time.Time // a little before, with the jitter of the key: from then on a request refetches
	UsableUntil time.Time // end of stale-if-error and stale-while-revalidate
	KeptUntil   time.Time // until then the entry is kept for the time when its content was first seen
}

// Entry is a response of Rocket with what is needed to serve it. Readers share it: except for the atomic members it never changes.
type Entry struct {
	Content
	FetchedAt    time.Time // when Rocket sent the body
	FirstSeen    time.Time // when this very content was first seen; kept over identical refetches
	LastModified [1]string // the header's value
	Freshness

	Start
	ID uint64 // unique

	Whole *[sha256.Size]byte // of a filtered entry: the Sum of the body that was filtered
	Lent  bool               // the content is another entry's too, and weighs nothing here

	Unshared atomic.Bool   // Redis does not have it
	Spared   atomic.Uint64 // the count of changes of purges, plus one, when no purge hit it

	Checked atomic.Int64 // Unix nanoseconds: when Redis last had nothing newer; negative: a message announced one
}

// NewEntry returns the entry of a body that was just fetched, without its freshness. before is the entry before it, usable or not, or
// nil.
func NewEntry(body []byte, at Start, fetchedAt time.Time, before *Entry) *Entry {
	e := &Entry{Content: NewContent(body), FetchedAt: fetchedAt, FirstSeen: fetchedAt, Start: at}
	e.ID = rand.Uint64() //nolint:gosec // no secret
	if before != nil && before.Sum == e.Sum {
		e.FirstSeen = before.FirstSeen
	}
	return e
}

// SetLastModified fills the header's value.
func (e *Entry) SetLastModified() {
	e.LastModified = [1]string{e.FirstSeen.UTC().Format(http.TimeFormat)}
}

// NotAfter moves times in the future back to now: the clock behind them has changed, at a failover for example.
func (e *Entry) NotAfter(now time.Time) {
	for _, t := range []*time.Time{&e.FetchedAt, &e.FirstSeen} {
		if t.After(now) {
			*t = now
		}
	}
}

// Age returns the time since Rocket sent the body, never negative: clocks of replicas differ.
func (e *Entry) Age(now time.Time) time.Duration { return max(0, now.Sub(e.FetchedAt)) }

// FilteredFrom reports whether a filtered entry was made from this very one.
func (e *Entry) FilteredFrom(whole *Entry) bool { return e.ID == whole.ID && *e.Whole == whole.Sum }

// Start is what is known when a fetch begins.
type Start struct {
	Number     uint64        // of the fetch among those of the query; see Clock
	Correction *atomic.Int64 // of the number; nil: none
	Seen       []uint64      // ids of purges of its names that the fetch comes after
}

// Order returns the place of the fetch among those of the query.
func (s *Start) Order() uint64 {
	if s.Correction == nil {
		return s.Number
	}
	return s.Number + uint64(s.Correction.Load()) //nolint:gosec // it wraps around for a negative one
}

// Follows reports whether the fetch came after a purge.
func (s *Start) Follows(purge uint64) bool { return slices.Contains(s.Seen, purge) }

// Newer reports whether the fetch of e began after that of o, which may be nil.
func (e *Entry) Newer(o *Entry) bool { return o == nil || e.Order() > o.Order() }

// overhead is about what an entry costs beside its bytes, measured over many small ones.
const overhead = 1024

// weight returns about what the entry costs in memory.
func (e *Entry) weight() int {
	if e.Lent {
		return overhead
	}
	return cap(e.Body) + cap(e.Gzip) + overhead
}
