package cache

import (
	"context"
	_ "embed"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The version before has entries and purges in another form. In this release its entries are read, and purges are written for it too, so
// that replicas of both can be on one Redis during an upgrade. The next release has no need of this file.

var (
	//go:embed scripts/purge1.lua
	olderPurgeSource string
	olderPurgeScript = redis.NewScript(olderPurgeSource)
)

const (
	olderMagic = "RGW1"
	olderSize  = fixedSize - 8 - 8 - 2 + checkSize // without an id, an epoch and purges
)

func (r *shared) olderPurgesKey() string { return r.Key("purges") }

// purgeOlder tells replicas of the version before of purges.
func (r *shared) purgeOlder(ctx context.Context, these map[string]pending, longestLife time.Duration) error {
	if len(these) == 0 {
		return nil
	}
	args := []any{longestLife.Microseconds(), r.Messages.Channel, r.clock.reading()}
	for name := range these {
		args = append(args, name, "")
	}
	return r.Do(ctx, r.olderPurgesKey(), func(ctx context.Context) error {
		return olderPurgeScript.Run(ctx, r.Client, []string{r.olderPurgesKey()}, args...).Err()
	})
}

// loadOlder returns the entry that a replica of the version before stored, or nil if there is none, or a purge has hit it.
func (c *Cache) loadOlder(ctx context.Context, q *query.Query, key query.Key) *Entry {
	var purged []any
	names := namesOf(q)
	fields := make([]string, 0, 2*len(names))
	for _, name := range names {
		fields = append(fields, softly+name, firmly+name)
	}
	seen := c.purged.seen(names)
	value, err := c.shared.get(ctx, c.shared.Key("e1:{"+key.String()+"}"))
	if err != nil || len(value) < olderSize || string(value[:len(olderMagic)]) != olderMagic || !intact(value) {
		return nil
	}
	err = c.shared.Do(ctx, c.shared.olderPurgesKey(), func(ctx context.Context) (err error) {
		purged, err = c.shared.Client.HMGet(ctx, c.shared.olderPurgesKey(), fields...).Result()
		return err
	})
	e := &Entry{start: start{number: binary.BigEndian.Uint64(value[len(olderMagic):]), seen: seen}}
	for _, stamp := range purged {
		text, _ := stamp.(string)
		if n, _ := strconv.ParseUint(text, 10, 64); n > e.number {
			return nil
		}
	}
	rest := value[len(olderMagic)+8 : len(value)-checkSize]
	if err != nil || e.decode(rest, q.Canonical(), c.MaxEntryBytes, c.clock.shift()) != nil {
		return nil
	}
	if c.purged.last(names...).After(e.FetchedAt.Add(-c.FetchTimeout)) { // Redis may not have it in the older form
		return nil
	}
	e.unshared.Store(true)
	return e
}
