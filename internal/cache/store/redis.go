package store

import (
	"context"
	_ "embed"
	"encoding/binary"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	maxFilters       = 1000                   // of one query, of which Redis has a record of about 100 bytes each
	firstSeenTimeout = 250 * time.Millisecond // a time for a header is not worth a longer wait
)

var (
	//go:embed scripts/firstseen.lua
	firstSeenSource string
	firstSeenScript = redis.NewScript(firstSeenSource)
)

// Redis is the tier that replicas share and that outlives them. A nil Redis is none.
type Redis struct {
	redis *fleet.Redis
	clock *Clock
}

// NewRedis returns the tier in a Redis, nil without one.
func NewRedis(r *fleet.Redis, c *Clock) *Redis {
	if r == nil {
		return nil
	}
	return &Redis{r, c}
}

// Keys returns the names of what belongs to a query. In a Cluster they share a slot: the hash stands in braces.
func (r *Redis) Keys(key query.Key) fleet.Keys {
	text := key.String()
	if r == nil {
		return fleet.Keys{Lease: text}
	}
	return fleet.Keys{Value: r.Value(key), Lease: r.name("l", text), Failure: r.name("f", text), Topic: text}
}

// Value returns the name of the entry of a query.
func (r *Redis) Value(key query.Key) string { return r.name("e", key.String()) }

func (r *Redis) name(kind, key string) string {
	return r.redis.Key(kind + codecVersion + ":{" + key + "}")
}

// Get returns the stored value of an entry with a body of at most limit bytes, nil if there is none. Of a larger value, which Decode
// refuses, it reads no more.
func (r *Redis) Get(ctx context.Context, name string, limit int64) ([]byte, error) {
	return r.redis.Get(ctx, name, limit+maxOverhead)
}

// Drop removes a value that is of no use to any replica.
func (r *Redis) Drop(ctx context.Context, name string) {
	_ = r.redis.Do(ctx, name, func(ctx context.Context) error { return r.redis.Client.Del(ctx, name).Err() })
}

// Head returns the head of the stored entry, "" if there is none.
func (r *Redis) Head(ctx context.Context, name string) (head string, err error) {
	err = r.redis.Do(ctx, name, func(ctx context.Context) (err error) {
		head, err = r.redis.Client.GetRange(ctx, name, 0, int64(headSize)-1).Result()
		return err
	})
	return head, err
}

// FirstSeen returns when some replica first saw the filtered content, so that all replicas have one Last-Modified, also after a
// restart. If Redis has no record of this content, it records the time of the caller. If Redis is unavailable, the caller's time stands.
// The records of a query are a hash with a field for each filter and a lifetime like the entry's.
func (r *Redis) FirstSeen(ctx context.Context, key query.Key, filter string, filtered *Entry, now time.Time) time.Time {
	shift := r.clock.Shift()
	record := binary.BigEndian.AppendUint64(nil, filtered.Order())
	record = append(record, filtered.Sum[:]...)
	record = binary.BigEndian.AppendUint64(record, uint64(filtered.FirstSeen.Add(shift).UnixNano()))
	life := max(time.Second, filtered.KeptUntil.Sub(now))
	ctx, cancel := context.WithTimeout(ctx, firstSeenTimeout)
	defer cancel()
	keys := []string{r.redis.Key("m1:{" + key.String() + "}")}
	first, err := r.redis.Run(ctx, firstSeenScript, keys, filter, record, life.Milliseconds(), maxFilters).Text()
	if err != nil || len(first) != 8 {
		return filtered.FirstSeen
	}
	return unixNano([]byte(first)).Add(-shift)
}
