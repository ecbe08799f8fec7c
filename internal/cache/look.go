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

// A copy in memory is compared with Redis when it has not been for a while: behind an answer at first, before the answer
// once it is overdue. A stale one is overdue soon: another replica may have refreshed it.
const (
	checkBehind     = 5 * time.Second
	checkFirst      = 10 * time.Second
	checkStaleFirst = time.Second
)

// look gives the newest entry of the two tiers, fresh or not, or nil, and where it was. Redis is asked once for any number
// of callers. The error is the context's.
func (c *Cache) look(ctx context.Context, q *query.Query, key query.Key) (*Entry, string, error) {
	kept := c.memory.get(key)
	if c.shared == nil {
		return kept, inMemory, nil
	}
	if kept != nil {
		now := c.Now()
		checked := kept.checked.Load()
		unchecked := now.Sub(time.Unix(0, checked))
		fresh := c.fresh(kept, now)
		switch {
		case unchecked < checkStaleFirst, fresh && unchecked < checkBehind:
			return kept, inMemory, nil
		case fresh && unchecked < checkFirst:
			if kept.checked.CompareAndSwap(checked, now.Add(checkBehind-checkFirst).UnixNano()) { // not by every hit until it is done
				flown := c.check(ctx, q, key, kept)
				c.running.run(func() { <-flown.landed })
			}
			return kept, inMemory, nil
		}
	}
	flown := c.check(ctx, q, key, kept)
	if err := c.wait(ctx, flown.landed); err != nil {
		return nil, "", err
	}
	if flown.got == kept {
		return kept, inMemory, nil
	}
	return flown.got, inRedis, nil
}

// check compares the copy in memory, which may be nil, with what Redis has, and gives the newer one.
func (c *Cache) check(ctx context.Context, q *query.Query, key query.Key, kept *Entry) *flight[*Entry] {
	ctx = context.WithoutCancel(ctx)
	flown, _ := c.lookups.join(key, 0, func(*flight[*Entry]) (*Entry, error) {
		if kept == nil {
			return c.load(ctx, q, key), nil
		}
		checked := kept.checked.Load()
		if start, err := c.shared.startOf(ctx, key); err == nil && start > kept.started {
			if e := c.load(ctx, q, key); e != nil {
				return e, nil
			}
		}
		kept.checked.CompareAndSwap(checked, c.Now().UnixNano()) // else there was a message meanwhile
		return kept, nil
	})
	return flown
}

// load reads the entry from Redis and puts it into memory, unless memory has a newer one. Whatever is wrong with it, there
// is none; nor before it is known what was purged.
func (c *Cache) load(ctx context.Context, q *query.Query, key query.Key) *Entry {
	if !c.purged.known.Load() && c.readPurges(ctx) != nil {
		return nil
	}
	value := c.shared.get(ctx, key)
	if value == nil {
		return nil
	}
	e, err := decode(value, q.Canonical(), c.MaxEntryBytes, c.clock.shift())
	if err != nil {
		c.Log.Warn("an entry in Redis cannot be used and is dropped", "key", key.String(), "error", err)
		c.shared.drop(ctx, key)
		c.count(Dropped)
		return nil
	}
	c.clock.see(e.started)
	e.notAfter(c.Now())
	e.judged(&c.Policy, q)
	if kept := c.memory.get(key); kept != nil && !e.newer(kept) {
		return kept
	}
	c.remember(key, e)
	return e
}

// ring is what the bell says of a key: the start stamp of what was stored, 0 where the fetch failed.
func ring(key query.Key, started uint64) string {
	return fleet.Ring(key.String(), strconv.FormatUint(started, 10))
}

// hurried is what the bell says of a key that another replica fetches behind the scenes, when somebody here waits for it.
const hurried = "hurry"

func (r *shared) hurry(ctx context.Context, key query.Key) {
	_ = r.Do(ctx, func(ctx context.Context) error {
		return r.Client.Publish(ctx, r.Bell.Channel, fleet.Ring(key.String(), hurried)).Err()
	})
}

// heard is told of every entry that some replica has stored: an older copy in memory is checked before it is used again.
func (c *Cache) heard(topic, text string) {
	key, err := query.ParseKey(topic)
	if err != nil {
		return
	}
	if text == hurried {
		c.flights.hurry(key)
		return
	}
	if e := c.memory.get(key); e != nil {
		if started, err := strconv.ParseUint(text, 10, 64); err == nil && e.started < started {
			e.checked.Add(-int64(time.Hour)) // overdue, and no comparison under way changes that
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
