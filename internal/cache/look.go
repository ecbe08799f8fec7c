package cache

import (
	"context"

	"golang.org/x/sync/singleflight"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The tiers by name, as Cache-Status tells them.
const (
	inMemory = "memory"
	inRedis  = "redis"
)

// look gives the newest entry of the two tiers, fresh or not, or nil. Memory alone is asked where it has a fresh one; Redis
// is asked once for any number of callers. The error is the context's.
func (c *Cache) look(ctx context.Context, q *query.Query, key query.Key) (*Entry, string, error) {
	kept := c.memory.get(key)
	if c.Redis == nil || kept != nil && kept.fresh(c.Now()) {
		return kept, inMemory, nil
	}
	found, err := c.wait(ctx, c.lookups.DoChan(string(key[:]), func() (any, error) {
		return c.load(context.WithoutCancel(ctx), q, key), nil
	}))
	if err != nil {
		return nil, "", err
	}
	remote, _ := found.Val.(*Entry)
	if remote == nil || kept != nil && !remote.FetchedAt.After(kept.FetchedAt) {
		return kept, inMemory, nil
	}
	return remote, inRedis, nil
}

// load reads the entry from Redis and puts it into memory, unless memory has a newer one. Whatever is wrong with it, there
// is none.
func (c *Cache) load(ctx context.Context, q *query.Query, key query.Key) *Entry {
	value := c.Redis.get(ctx, key)
	if value == nil {
		return nil
	}
	e, err := decode(value, q.Canonical(), c.MaxEntryBytes)
	if err != nil {
		c.Log.Warn("an entry in Redis cannot be used; asking Rocket", "key", key.String(), "error", err)
		return nil
	}
	e.judged(&c.Policy, q)
	if kept := c.memory.get(key); kept != nil && !e.FetchedAt.After(kept.FetchedAt) {
		return kept
	}
	c.memory.set(key, e)
	return e
}

// wait gives what a flight brings, or the context's error where the caller leaves before. The flight goes on, and Close
// waits for it.
func (c *Cache) wait(ctx context.Context, landed <-chan singleflight.Result) (singleflight.Result, error) {
	c.running.Add(1)
	select {
	case result := <-landed:
		c.running.Done()
		return result, nil
	case <-ctx.Done():
		go func() {
			<-landed
			c.running.Done()
		}()
		return singleflight.Result{}, ctx.Err()
	}
}
