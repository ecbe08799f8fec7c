package cache

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// tiers are memory and Redis, with the newest entry of a query in both.
type tiers struct {
	*core
	comparisons calls[*Entry] // with Redis

	outdated   atomic.Int64 // counts the messages about newer entries
	subscribed atomic.Int64 // Unix nanoseconds since when every message about a newer entry arrives here
}

// compare compares the entry in memory, which may be nil, with what Redis has, and returns the newer one.
func (t *tiers) compare(ctx context.Context, q *query.Query, key query.Key, kept *Entry) *call[*Entry] {
	ctx = context.WithoutCancel(ctx)
	var version uint64
	if kept != nil {
		version = uint64(kept.Checked.Load()) //nolint:gosec // it distinguishes comparisons, no more
	}
	comparison, _ := t.comparisons.join(key, version, func(*call[*Entry]) (*Entry, error) {
		if kept == nil {
			return t.load(ctx, q, key), nil
		}
		return t.newer(ctx, q, key, kept), nil
	})
	return comparison
}

// newer returns the newer one of the entry in memory and what Redis has. If Redis has an older one, it lost the other or was unavailable
// when that was fetched, and gets it now.
func (t *tiers) newer(ctx context.Context, q *query.Query, key query.Key, kept *Entry) *Entry {
	checked, begun := kept.Checked.Load(), t.Now().UnixNano()
	head, err := t.redis.Head(ctx, t.redis.Value(key))
	switch there := store.OrderOf(head); {
	case err != nil, head == kept.Head():
	case there >= kept.Order():
		if e := t.load(ctx, q, key); e != nil {
			return e
		}
	case head != "", kept.Unshared.Load():
		t.restore(ctx, q, key, kept, head)
	}
	kept.Checked.CompareAndSwap(checked, begun) // else there was a message meanwhile
	return kept
}

// restore stores an entry from memory in the place of the older one with a head, unless a purge has hit it.
func (t *tiers) restore(ctx context.Context, q *query.Query, key query.Key, kept *Entry, head string) {
	life := kept.KeptUntil.Sub(t.Now())
	if t.purges.hits(q, kept) || life < time.Second || !t.record.ready(ctx) {
		return
	}
	value := kept.Encode(t.purges.epoch(), q.Canonical(), t.clock.Shift())
	if t.once.Restore(ctx, t.redis.Keys(key), head, value, life, orderText(kept)) {
		kept.Unshared.Store(false)
	}
}

// load reads the entry from Redis and puts it into memory, unless memory has a newer one. It returns nil if there is no usable one.
func (t *tiers) load(ctx context.Context, q *query.Query, key query.Key) *Entry {
	e, err := t.read(ctx, q, key)
	if err != nil {
		if spoiled := (spoiledError{}); errors.As(err, &spoiled) {
			t.Log.Warn("dropped an entry in redis that cannot be used", "key", key.String(), "error", spoiled.error)
			t.redis.Drop(ctx, t.redis.Value(key))
			t.metrics.dropped.Inc()
		}
		return nil
	}
	t.clock.See(e.Order())
	if kept := t.memory.Get(key); kept != nil && kept.Newer(e) {
		return kept
	}
	t.remember(key, e)
	return e
}

var (
	errNoEntry     = errors.New("redis has no entry")
	errNoRecord    = errors.New("the record of purges could not be read")
	errOlderRecord = errors.New("the entry is older than the record of purges")
)

// spoiledError is why a value in Redis is of no use to any replica.
type spoiledError struct{ error }

// read returns the entry in Redis, or why there is no usable one. It changes neither tier.
func (t *tiers) read(ctx context.Context, q *query.Query, key query.Key) (*Entry, error) {
	if !t.record.ready(ctx) {
		return nil, errNoRecord
	}
	value, err := t.redis.Get(ctx, t.redis.Value(key), t.MaxEntryBytes)
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		err = spoiledError{err}
	}
	if err != nil {
		return nil, err
	}
	var e *Entry
	if value != nil {
		e, err = t.decode(ctx, value, q)
	} else if e = t.loadV1(ctx, q, key); e == nil {
		err = errNoEntry
	}
	if err != nil {
		return nil, err
	}
	e.NotAfter(t.Now())
	t.Policy.apply(e, q, key)
	return e, nil
}

// decode returns the entry in a value from Redis.
func (t *tiers) decode(ctx context.Context, value []byte, q *query.Query) (*Entry, error) {
	e, epoch, err := store.Decode(value, q.Canonical(), t.MaxEntryBytes, t.clock.Shift())
	switch {
	case err != nil:
		return nil, spoiledError{err}
	case !t.purges.continues(epoch) && (t.record.read(ctx) != nil || !t.purges.continues(epoch)):
		return nil, errOlderRecord
	}
	return e, nil
}

// remember keeps an entry in memory; Redis is known to have nothing newer.
func (t *tiers) remember(key query.Key, e *Entry) {
	e.Checked.Store(t.Now().UnixNano())
	t.memory.Set(key, e)
}

// orderText is the message about an entry that was stored.
func orderText(e *Entry) string { return strconv.FormatUint(e.Order(), 10) }

// outdate handles the message that another replica stored an entry: an older one in memory is compared before it is used again.
func (t *tiers) outdate(key query.Key, text string) {
	if e := t.memory.Get(key); e != nil {
		if order, err := strconv.ParseUint(text, 10, 64); err == nil && e.Order() < order {
			e.Checked.Store(-t.outdated.Add(1)) // a comparison that began before is not joined, and does not change that
		}
	}
}
