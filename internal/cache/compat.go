package cache

import (
	"context"
	_ "embed"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The version before has entries and purges in another form. In this release its entries are read, and purges are written for it too, so
// that replicas of both can be on one Redis during an upgrade. The next release has no need of this file.

var (
	//go:embed scripts/purge1.lua
	purgeV1Source string
	purgeV1Script = redis.NewScript(purgeV1Source)
)

const purgesV1 = "purges" // the key of its purges

// writeV1 writes purges for replicas of the version before.
func (r *purgeRecord) writeV1(ctx context.Context, these map[string]pending) error {
	if len(these) == 0 {
		return nil
	}
	args := []any{r.longestLife.Microseconds(), r.redis.Channel, r.clock.Now()}
	for name := range these {
		args = append(args, name, "")
	}
	return r.redis.Run(ctx, purgeV1Script, []string{r.redis.Key(purgesV1)}, args...).Err()
}

// loadV1 returns the entry that a replica of the version before stored, or nil if there is none, or a purge has hit it.
func (t *tiers) loadV1(ctx context.Context, q *query.Query, key query.Key) *Entry {
	names := namesOf(q)
	fields := make([]string, 0, 2*len(names))
	for _, name := range names {
		fields = append(fields, soft+name, hard+name)
	}
	seen := t.purges.seen(names)
	value, err := t.redis.Get(ctx, t.Redis.Key("e1:{"+key.String()+"}"), t.MaxEntryBytes)
	if err != nil || value == nil {
		return nil
	}
	e, err := store.DecodeV1(value, q.Canonical(), t.MaxEntryBytes, t.clock.Shift())
	if err != nil {
		return nil
	}
	var purged []any
	err = t.Redis.Do(ctx, t.Redis.Key(purgesV1), func(ctx context.Context) (err error) {
		purged, err = t.Redis.Client.HMGet(ctx, t.Redis.Key(purgesV1), fields...).Result()
		return err
	})
	for _, stamp := range purged {
		text, _ := stamp.(string)
		if n, _ := strconv.ParseUint(text, 10, 64); n > e.Number {
			return nil
		}
	}
	if err != nil || t.purges.last(names...).After(e.FetchedAt.Add(-t.FetchTimeout)) { // Redis may not have it in the form of that version
		return nil
	}
	e.Seen = seen
	e.Unshared.Store(true)
	return e
}
