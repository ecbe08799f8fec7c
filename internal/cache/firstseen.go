package cache

import (
	"context"
	_ "embed"
	"encoding/binary"
	"time"

	"github.com/redis/go-redis/v9"

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

// firstSeenKey is that of a hash, with a record for each filter of a query. It has a lifetime like the entry's.
func (r *shared) firstSeenKey(key query.Key) string {
	return r.Key("m1" + ":{" + key.String() + "}")
}

// firstSeen returns when some replica first saw the filtered content, so that all replicas have one Last-Modified, also after a
// restart. If Redis has no record of this content, it takes that of the caller. If Redis is unavailable, the caller's time
// stands.
func (r *shared) firstSeen(ctx context.Context, key query.Key, filter string, rest *Entry, now time.Time) time.Time {
	shift := r.clock.shift()
	record := make([]byte, 0, 8+len(rest.sum)+8)
	record = binary.BigEndian.AppendUint64(record, rest.order())
	record = append(record, rest.sum[:]...)
	record = binary.BigEndian.AppendUint64(record, uint64(rest.FirstSeen.Add(shift).UnixNano()))
	life := max(time.Second, rest.keptUntil.Sub(now))
	first := rest.FirstSeen
	ctx, cancel := context.WithTimeout(ctx, firstSeenTimeout)
	defer cancel()
	_ = r.Do(ctx, r.firstSeenKey(key), func(ctx context.Context) error {
		keys := []string{r.firstSeenKey(key)}
		reply, err := firstSeenScript.Run(ctx, r.Client, keys, filter, record, life.Milliseconds(), maxFilters).Text()
		if err == nil && len(reply) == 8 {
			first = unixNano([]byte(reply)).Add(-shift)
		}
		return err
	})
	return first
}
