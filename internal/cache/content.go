package cache

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Content is a body as it is sent, with what is encoded and computed of it once. Readers share it.
type Content struct {
	Body []byte // as Rocket sent it, or what a filter left of it
	Gzip []byte // the same, encoded; nil if that saves nothing

	// Header values: they are the same for every caller who gets the body.
	ETag, Length, GzipLength []string

	sum   [sha256.Size]byte // of Body
	whole [sha256.Size]byte // of the body that a filter left this of
}

func newContent(body []byte) Content {
	c := Content{Body: body, Gzip: compress(body), sum: sha256.Sum256(body)}
	c.describe()
	return c
}

// describe fills the header values.
func (c *Content) describe() {
	c.ETag = []string{`W/"` + base64.RawURLEncoding.EncodeToString(c.sum[:16]) + `"`}
	c.Length = []string{strconv.Itoa(len(c.Body))}
	c.GzipLength = []string{strconv.Itoa(len(c.Gzip))}
}

// Filter removes the rows of a body that a caller may not see. Filters with equal keys leave the same of any body; one with an
// empty key removes nothing.
type Filter interface {
	Key() string
	Apply(body []byte) ([]byte, error)
}

// Filtered is what a filter leaves of an entry.
type Filtered struct {
	*Content
	LastModified []string // the header's value: when the gateway first saw this content
}

// Filter returns what a filter leaves of the entry of a query. It stays in memory, within the same bound as entries. The error is
// that of the filter or of the context.
func (c *Cache) Filter(ctx context.Context, key query.Key, e *Entry, f Filter) (Filtered, error) {
	if f.Key() == "" {
		return Filtered{&e.Content, e.LastModified}, nil
	}
	at := filteredKey(key, f)
	rest := c.memory.get(at)
	if rest == nil || !rest.leftOf(e) {
		detached := context.WithoutCancel(ctx)
		call, _ := c.filtering.join(at, e.id, func(*flight[*Entry]) (*Entry, error) { return c.filter(detached, key, at, e, f) })
		if err := c.wait(ctx, call.landed); err != nil {
			return Filtered{}, err
		}
		if call.err != nil {
			return Filtered{}, call.err
		}
		rest = call.got
	}
	return Filtered{&rest.Content, rest.LastModified}, nil
}

// filteredKey is where memory has what a filter leaves of the newest entry of a query.
func filteredKey(key query.Key, f Filter) query.Key {
	return sha256.Sum256(append(append(make([]byte, 0, 2*sha256.Size+32), key[:]...), f.Key()...))
}

// leftOf reports whether the filtered entry was made of this very one.
func (e *Entry) leftOf(whole *Entry) bool { return e.id == whole.id && e.whole == whole.sum }

// filter makes what a filter leaves of an entry, with the time when it was first seen: if a refetch changed other rows alone,
// that of the content before.
func (c *Cache) filter(ctx context.Context, key, at query.Key, e *Entry, f Filter) (*Entry, error) {
	known := c.memory.get(at)
	if known != nil && known.leftOf(e) { // another call has ended meanwhile
		return known, nil
	}
	rest := &Entry{GoneAt: e.GoneAt, keptUntil: e.keptUntil, start: e.start, id: e.id, FirstSeen: e.FirstSeen}
	switch body, err := f.Apply(e.Body); {
	case err != nil:
		return nil, err
	case len(body) == len(e.Body): // nothing was removed
		rest.Content, rest.lent = e.Content, true
	default:
		rest.Content = newContent(body)
	}
	rest.whole = e.sum
	if known != nil && known.sum == rest.sum {
		rest.FirstSeen = earlier(known.FirstSeen, rest.FirstSeen)
	}
	if c.shared != nil {
		rest.FirstSeen = earlier(c.shared.firstSeen(ctx, key, f.Key(), rest, c.Now()), e.FirstSeen)
	}
	rest.LastModified = []string{rest.FirstSeen.UTC().Format(http.TimeFormat)}
	c.memory.set(at, rest)
	return rest, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
