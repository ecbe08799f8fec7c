package cache

import (
	"context"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Explanation is what Get would do with a query now. Its JSON is that of the contract.
type Explanation struct {
	Memory *EntryInfo `json:"memory"` // nil: that tier has no usable entry
	Redis  *EntryInfo `json:"redis"`
	Would  Outcome    `json:"would"`
	Reason string     `json:"reason"` // a sentence for people
}

// Outcome is what a caller would get.
type Outcome string

// The outcomes, the best one first.
const (
	WouldHit   Outcome = "hit"   // a fresh entry
	WouldStale Outcome = "stale" // a stale one at once
	WouldFetch Outcome = "fetch" // what Rocket responds, or a stale entry if it does not
)

// EntryInfo is an entry without its body.
type EntryInfo struct {
	FetchedAt   time.Time `json:"fetched_at"`
	Age         int64     `json:"age"`         // seconds
	FreshUntil  time.Time `json:"fresh_until"` // a purge ends that
	UsableUntil time.Time `json:"usable_until"`
	State       State     `json:"state"`
	ETag        string    `json:"etag"` // of the whole body: a row filter leaves another one
	Bytes       int       `json:"bytes"`
	Purged      bool      `json:"purged"`
}

// Explain returns what Get would do with a query that has no directives. It changes nothing: it starts no fetch, and an entry that it
// reads is neither stored in memory nor less likely to be evicted there.
func (c *Cache) Explain(ctx context.Context, q *query.Query, key query.Key) Explanation {
	memory := c.memory.Peek(key)
	var redis *Entry
	var unread error // why Redis could not be read
	if c.redis != nil {
		if redis, unread = c.tiers.read(ctx, q, key); errors.Is(unread, errNoEntry) {
			unread = nil
		}
	}
	at := c.Now()
	kept := c.tiers.newest(q, memory, redis, at)
	why := reasoning{core: c.core, q: q, key: key, kept: &kept, unread: unread, decision: c.decide(&kept, q, key, Directives{})}
	return Explanation{c.describe(q, memory, at), c.describe(q, redis, at), why.outcome(), why.text()}
}

// newest returns the entry that lookUp would return.
func (t *tiers) newest(q *query.Query, memory, redis *Entry, at time.Time) view {
	kept := t.view(q, memory, inMemory, at)
	same := memory != nil && redis != nil && (memory.Newer(redis) || memory.Head() == redis.Head())
	if redis == nil || same || t.due(&kept).patience == 0 {
		return kept
	}
	return t.view(q, redis, inRedis, at)
}

// describe returns an entry's state at an instant, nil for none.
func (c *core) describe(q *query.Query, e *Entry, at time.Time) *EntryInfo {
	if e == nil {
		return nil
	}
	fresh, usable := e.FreshUntil, e.UsableUntil
	purged, isSoft, isHard := c.purges.hit(q, e)
	if isSoft || isHard {
		fresh = earlier(fresh, earlier(purged, at))
	}
	if isHard {
		usable = fresh
	}
	return &EntryInfo{
		FetchedAt: shown(e.FetchedAt), Age: int64(e.Age(at) / time.Second), FreshUntil: shown(fresh), UsableUntil: shown(usable),
		State: e.State, ETag: e.ETag[0], Bytes: len(e.Body), Purged: isSoft || isHard,
	}
}

// shown returns a time as people read it.
func shown(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
