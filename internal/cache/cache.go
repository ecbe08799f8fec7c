package cache

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Origin is Rocket as the cache sees it. The body is valid JSON in the shape of the question's endpoint.
type Origin interface {
	Fetch(ctx context.Context, q *query.Query) ([]byte, error)
}

// Options are what a Cache is made of.
type Options struct {
	Origin        Origin
	Redis         *Redis // nil: memory alone
	Policy        Policy
	MemoryBytes   int64
	MaxEntryBytes int64         // larger answers pass through
	FetchTimeout  time.Duration // a caller's whole wait for Rocket
	RefreshFloor  time.Duration // a caller's no-cache does not refetch what is younger
	Now           func() time.Time
	Log           *slog.Logger
}

// Cache answers questions. It is safe for concurrent use.
type Cache struct {
	Options
	memory     *memory
	lookups    singleflight.Group // looks into Redis, by key
	flights    singleflight.Group // fetches, by key
	refreshing sync.Map           // keys with a refresh behind stale answers
	running    sync.WaitGroup     // all that goes on without a caller, and callers in wait
}

// New makes an empty cache.
func New(o Options) (*Cache, error) {
	m, err := newMemory(o.MemoryBytes, o.Now)
	if err != nil {
		return nil, err
	}
	c := &Cache{Options: o, memory: m}
	if c.Redis != nil {
		c.Redis.bell.tell(c.heard)
	}
	return c, nil
}

// Answer is an entry and how it came about. Where Get fails, Entry is nil and Status may still be worth telling.
type Answer struct {
	Entry  *Entry
	Status Status
}

// Get answers a complete question. The error is a *fault.Error, or the context's where the caller went away.
func (c *Cache) Get(ctx context.Context, q *query.Query, d Directives) (Answer, error) {
	key := q.Key()
	kept, tier, err := c.look(ctx, q, key)
	if err != nil {
		return Answer{}, err
	}
	now := c.Now()
	switch {
	case kept == nil || !kept.usable(now):
		if d.OnlyIfCached {
			return Answer{}, &fault.Error{Kind: fault.CacheMiss, Detail: "No cached answer is there, and the request asked for no other."}
		}
		return c.ask(ctx, q, key, nil, FwdMiss)
	case d.OnlyIfCached, kept.pause.active(now):
		return hit(kept, tier, now), nil
	case d.NoCache && kept.Age(now) >= c.RefreshFloor:
		return c.ask(ctx, q, key, kept, FwdRequest)
	case kept.fresh(now):
		return hit(kept, tier, now), nil
	case kept.goodEnough(now):
		c.refresh(ctx, q, key, kept)
		return hit(kept, tier, now), nil
	default:
		return c.ask(ctx, q, key, kept, FwdStale)
	}
}

func hit(e *Entry, tier string, now time.Time) Answer {
	return Answer{e, Status{Hit: true, Tier: tier, TTL: e.FreshUntil.Sub(now)}}
}

// Size is the number of entries in memory and their weight in bytes.
func (c *Cache) Size() (entries int, bytes uint64) { return c.memory.size() }

// Close waits until every flight has landed and stored what it found, or the context ends. No Get may follow.
func (c *Cache) Close(ctx context.Context) error {
	landed := make(chan struct{})
	go func() {
		c.running.Wait()
		close(landed)
	}()
	select {
	case <-landed:
		c.memory.close()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
