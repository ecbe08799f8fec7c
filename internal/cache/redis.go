package cache

import (
	"context"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// shared is the tier that replicas share and that outlives them.
type shared struct {
	*fleet.Redis
	clock *clock
}

// All keys of one question share a slot of a cluster: the hash stands in braces.

func (r *shared) entryKey(key query.Key) string {
	return r.Key("e" + codecVersion + ":{" + key.String() + "}")
}
func (r *shared) leaseKey(key query.Key) string {
	return r.Key("l" + codecVersion + ":{" + key.String() + "}")
}
func (r *shared) failureKey(key query.Key) string {
	return r.Key("f" + codecVersion + ":{" + key.String() + "}")
}

// get gives the stored value, or nil where there is none or Redis fails.
func (r *shared) get(ctx context.Context, key query.Key) (value []byte) {
	_ = r.Do(ctx, r.entryKey(key), func(ctx context.Context) (err error) {
		value, err = r.Client.Get(ctx, r.entryKey(key)).Bytes()
		return err
	})
	return value
}

// drop takes a value away that is of no use to anybody.
func (r *shared) drop(ctx context.Context, key query.Key) {
	_ = r.Do(ctx, r.entryKey(key), func(ctx context.Context) error { return r.Client.Del(ctx, r.entryKey(key)).Err() })
}

// startOf gives the start stamp of the stored entry, 0 where there is none.
func (r *shared) startOf(ctx context.Context, key query.Key) (start uint64, err error) {
	err = r.Do(ctx, r.entryKey(key), func(ctx context.Context) error {
		stamp, err := r.Client.GetRange(ctx, r.entryKey(key), startOffset, startOffset+7).Bytes()
		start = parseStamp(stamp)
		return err
	})
	return start, err
}
