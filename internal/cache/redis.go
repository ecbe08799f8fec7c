package cache

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// shared is the tier that replicas share and that outlives them.
type shared struct {
	*fleet.Redis
	clock *clock
}

// keysOf returns where the fetches of a query are coordinated. All keys of one query share a slot of a Cluster: the hash stands in braces.
func (c *Cache) keysOf(key query.Key) fleet.Keys {
	text := key.String()
	if c.shared == nil {
		return fleet.Keys{Lease: text}
	}
	name := func(kind string) string { return c.shared.Key(kind + codecVersion + ":{" + text + "}") }
	return fleet.Keys{Value: name("e"), Lease: name("l"), Failure: name("f"), Topic: text}
}

func (r *shared) entryKey(key query.Key) string {
	return r.Key("e" + codecVersion + ":{" + key.String() + "}")
}

// get returns the stored value, nil if there is none.
func (r *shared) get(ctx context.Context, name string) (value []byte, err error) {
	err = r.Do(ctx, name, func(ctx context.Context) (err error) {
		if value, err = r.Client.Get(ctx, name).Bytes(); errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	})
	return value, err
}

// drop removes a value that is of no use to any replica.
func (r *shared) drop(ctx context.Context, key query.Key) {
	_ = r.Do(ctx, r.entryKey(key), func(ctx context.Context) error { return r.Client.Del(ctx, r.entryKey(key)).Err() })
}

// head returns the head of the stored entry, "" if there is none.
func (r *shared) head(ctx context.Context, key query.Key) (head string, err error) {
	err = r.Do(ctx, r.entryKey(key), func(ctx context.Context) (err error) {
		head, err = r.Client.GetRange(ctx, r.entryKey(key), 0, int64(headSize)-1).Result()
		return err
	})
	return head, err
}
