package cache

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Filter removes the rows of a body that a caller may not see. Filters with equal keys leave the same of any body; one with an
// empty key removes nothing.
type Filter interface {
	Key() string
	Apply(body []byte) ([]byte, error)
}

// Filtered is what a filter leaves of an entry.
type Filtered struct {
	*store.Content
	LastModified []string // the header's value: when the gateway first saw this content
}

// Variant returns a body made from the filtered content, which is not kept. Its entity tag is that of tagged.
func (f Filtered) Variant(body, tagged []byte) Filtered {
	return Filtered{store.NewVariant(body, tagged), f.LastModified}
}

// Filter returns what a filter leaves of the entry of a query. It stays in memory, within the same bound as entries. The error is
// that of the filter or of the context.
func (c *Cache) Filter(ctx context.Context, key query.Key, e *Entry, f Filter) (Filtered, error) {
	if f.Key() == "" {
		return Filtered{&e.Content, e.LastModified[:]}, nil
	}
	at := filteredKey(key, f)
	filtered := c.memory.Get(at)
	if filtered == nil || !filtered.FilteredFrom(e) {
		detached := context.WithoutCancel(ctx)
		call, _ := c.filterings.join(at, e.ID, func(*call[*Entry]) (*Entry, error) { return c.filter(detached, key, at, e, f) })
		if err := c.tasks.await(ctx, call.done, nil); err != nil {
			return Filtered{}, err
		}
		if call.err != nil {
			return Filtered{}, call.err
		}
		filtered = call.value
	}
	return Filtered{&filtered.Content, filtered.LastModified[:]}, nil
}

// filteredKey returns the key in memory of what a filter leaves of the newest entry of a query.
func filteredKey(key query.Key, f Filter) query.Key {
	return sha256.Sum256(append(append(make([]byte, 0, 2*sha256.Size+32), key[:]...), f.Key()...))
}

// filter makes what a filter leaves of an entry, with the time when it was first seen: if a refetch changed other rows alone,
// that of the content before.
func (c *Cache) filter(ctx context.Context, key, at query.Key, e *Entry, f Filter) (*Entry, error) {
	before := c.memory.Get(at)
	if before != nil && before.FilteredFrom(e) { // another call has ended meanwhile
		return before, nil
	}
	filtered := &Entry{Freshness: e.Freshness, Start: e.Start, ID: e.ID, FirstSeen: e.FirstSeen, Whole: new(e.Sum)}
	switch body, err := f.Apply(e.Body); {
	case err != nil:
		return nil, err
	case len(body) == len(e.Body): // nothing was removed
		filtered.Content, filtered.Lent = e.Content, true
	default:
		filtered.Content = store.NewContent(body)
	}
	if before != nil && before.Sum == filtered.Sum {
		filtered.FirstSeen = earlier(before.FirstSeen, filtered.FirstSeen)
	}
	if c.redis != nil {
		filtered.FirstSeen = earlier(c.redis.FirstSeen(ctx, key, f.Key(), filtered, c.Now()), e.FirstSeen)
	}
	filtered.SetLastModified()
	c.memory.Set(at, filtered)
	return filtered, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
