package cache

import (
	"context"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The tiers by name, as Cache-Status tells them.
const (
	inMemory = "memory"
	inRedis  = "redis"
)

// A copy in memory is compared with Redis from time to time, after a fresh hit and before a stale one. The messages of other
// replicas tell of newer entries much sooner; a copy from before the subscription to them is compared before it is used.
const (
	checkFresh = 5 * time.Second
	checkStale = time.Second
)

// How long a caller waits for Redis: hardly, if a fresh copy is at hand.
const (
	lookFresh = 100 * time.Millisecond
	lookStale = 500 * time.Millisecond
	lookCold  = 4 // the part of FetchTimeout that a caller without a copy waits
)

// look returns the newest entry of the two tiers, fresh or not, or nil, and its tier. Any number of callers share one look into
// Redis. The error is the context's.
func (c *Cache) look(ctx context.Context, q *query.Query, key query.Key, now time.Time) (*Entry, string, error) {
	kept := c.memory.get(key)
	if c.shared == nil {
		return kept, inMemory, nil
	}
	patience := c.FetchTimeout / lookCold
	if kept != nil {
		checked := kept.checked.Load()
		fresh, known := c.fresh(kept, now), checked >= c.subscribed.Load()
		age := now.Sub(time.Unix(0, checked))
		switch {
		case known && (age < checkStale || fresh && age < checkFresh):
			return kept, inMemory, nil
		case known && fresh:
			if kept.checked.CompareAndSwap(checked, now.UnixNano()) { // one hit has it compared, not all
				c.running.run(func() { <-c.check(ctx, q, key, kept).landed })
			}
			return kept, inMemory, nil
		case fresh:
			patience = min(patience, lookFresh)
		default:
			patience = min(patience, lookStale)
		}
	}
	found, err := c.await(ctx, c.check(ctx, q, key, kept), patience)
	if found == nil || found == kept {
		return kept, inMemory, err
	}
	return found, inRedis, err
}

// await waits for a look into Redis. It returns nil if that takes too long; the look goes on.
func (c *Cache) await(ctx context.Context, look *flight[*Entry], patience time.Duration) (*Entry, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.wait(limited, look.landed); err != nil {
		return nil, ctx.Err()
	}
	return look.got, nil
}

// check compares the copy in memory, which may be nil, with what Redis has, and gives the newer one.
func (c *Cache) check(ctx context.Context, q *query.Query, key query.Key, kept *Entry) *flight[*Entry] {
	ctx = context.WithoutCancel(ctx)
	var since uint64
	if kept != nil {
		since = uint64(kept.checked.Load()) //nolint:gosec // it tells comparisons apart, no more
	}
	flown, _ := c.lookups.join(key, since, func(*flight[*Entry]) (*Entry, error) {
		if kept == nil {
			return c.load(ctx, q, key), nil
		}
		return c.newer(ctx, q, key, kept), nil
	})
	return flown
}

// newer returns the newer one of the copy in memory and what Redis has. If Redis has an older one, it lost the other or was unavailable
// when that was fetched, and gets it now.
func (c *Cache) newer(ctx context.Context, q *query.Query, key query.Key, kept *Entry) *Entry {
	checked, begun := kept.checked.Load(), c.Now().UnixNano()
	head, err := c.shared.head(ctx, key)
	switch there := orderOf(head); {
	case err != nil, head == kept.head():
	case there >= kept.order():
		if e := c.load(ctx, q, key); e != nil {
			return e
		}
	case head != "", kept.unshared.Load():
		c.restore(ctx, q, key, kept, head)
	}
	kept.checked.CompareAndSwap(checked, begun) // else there was a message meanwhile
	return kept
}

// restore stores a copy in memory in the place of the older entry with a head, unless a purge has hit it.
func (c *Cache) restore(ctx context.Context, q *query.Query, key query.Key, kept *Entry, head string) {
	life := kept.keptUntil.Sub(c.Now())
	if c.purgedMeanwhile(kept) || life < time.Second || !c.ready(ctx) {
		return
	}
	value := encode(kept, c.purged.epoch(), q.Canonical(), c.clock.shift())
	if c.once.Restore(ctx, c.keysOf(key), head, value, life, orderText(kept)) {
		kept.unshared.Store(false)
	}
}

// ready reports whether it is known what was purged; until then nothing is read from Redis.
func (c *Cache) ready(ctx context.Context) bool {
	return c.shared == nil || c.purged.known.Load() || c.readPurges(ctx) == nil
}

// load reads the entry from Redis and puts it into memory, unless memory has a newer one. If it cannot be used, it returns nil.
func (c *Cache) load(ctx context.Context, q *query.Query, key query.Key) *Entry {
	if !c.ready(ctx) {
		return nil
	}
	value, err := c.shared.get(ctx, c.shared.entryKey(key))
	var e *Entry
	switch {
	case err != nil:
		return nil
	case value == nil:
		e = c.loadOlder(ctx, q, key)
	default:
		e = c.decoded(ctx, value, q, key)
	}
	if e == nil {
		return nil
	}
	c.clock.see(e.order())
	e.notAfter(c.Now())
	e.judged(&c.Policy, q)
	if kept := c.memory.get(key); kept != nil && kept.newer(e) {
		return kept
	}
	c.remember(key, e)
	return e
}

// decoded returns the entry that is in Redis, or nil if it cannot be used.
func (c *Cache) decoded(ctx context.Context, value []byte, q *query.Query, key query.Key) *Entry {
	e, epoch, err := decode(value, q.Canonical(), c.MaxEntryBytes, c.clock.shift())
	switch {
	case err != nil:
		c.Log.Warn("an entry in Redis cannot be used and is dropped", "key", key.String(), "error", err)
		c.shared.drop(ctx, key)
		c.count(Dropped)
		return nil
	case !c.purged.continues(epoch) && (c.readPurges(ctx) != nil || !c.purged.continues(epoch)):
		return nil // it is older than the record of purges
	}
	return e
}

// orderText is the message about an entry that was stored.
func orderText(e *Entry) string { return strconv.FormatUint(e.order(), 10) }

// message takes note of what another replica tells: that it stored an entry, so that an older copy in memory is compared before it is used
// again, that a request waits for what this one fetches in the background, or that something was purged.
func (c *Cache) message(topic, text string) {
	if topic == purgeTopic {
		select {
		case c.purgeNews <- struct{}{}:
		default:
		}
		return
	}
	key, err := query.ParseKey(topic)
	if err != nil {
		return
	}
	if text == fleet.Promote {
		c.flights.hurry(key)
		return
	}
	if e := c.memory.get(key); e != nil {
		if order, err := strconv.ParseUint(text, 10, 64); err == nil && e.order() < order {
			e.checked.Store(-c.outdated.Add(1)) // a comparison that began before is not joined, and does not change that
		}
	}
}

// wait waits for something under way here to land, or gives the context's error where the caller leaves before. It goes on, and
// Close waits for it.
func (c *Cache) wait(ctx context.Context, landed <-chan struct{}) error {
	c.running.add()
	select {
	case <-landed:
		c.running.done()
		return nil
	case <-ctx.Done():
		go func() {
			<-landed
			c.running.done()
		}()
		return ctx.Err()
	}
}
