package cache

import (
	"context"
	_ "embed"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// failureLife is how long a failure is told to those who waited for the fetch.
const failureLife = time.Second

var (
	//go:embed scripts/claim.lua
	claimSource string
	//go:embed scripts/store.lua
	storeSource string
	//go:embed scripts/fail.lua
	failSource string
	//go:embed scripts/peek.lua
	peekSource string

	claimScript = redis.NewScript(claimSource)
	storeScript = redis.NewScript(storeSource)
	failScript  = redis.NewScript(failSource)
	peekScript  = redis.NewScript(peekSource)
)

// What became of a claim.
const (
	granted = "granted" // the claimer fetches
	taken   = "taken"   // somebody else is fetching
	news    = "news"    // an entry newer than the claimer's is there
)

// lease is the right to fetch one key for all replicas.
type lease struct {
	*fleet.Lease
	redis   *shared
	key     query.Key
	started uint64 // the stamp of its claim
	there   uint64 // that of the entry that was there then
	holder  string // who had the lease then
}

// claim asks for the lease. newerThan is the start stamp that an entry must exceed to be news.
func (r *shared) claim(ctx context.Context, key query.Key, newerThan uint64) (outcome string, l *lease, err error) {
	l = &lease{Lease: r.Lease(r.leaseKey(key)), redis: r, key: key}
	err = r.Do(ctx, l.Key, func(ctx context.Context) error {
		keys := []string{l.Key, r.entryKey(key)}
		reply, err := claimScript.Run(ctx, r.Client, keys,
			l.Owner, fleet.LeaseLife.Milliseconds(), stamp(newerThan), r.clock.seen.Load()).Slice()
		if err != nil {
			return err
		}
		outcome, _ = reply[0].(string)
		started, _ := reply[1].(int64)
		now, _ := reply[2].(int64)
		there, _ := reply[3].(string)
		l.holder, _ = reply[4].(string)
		if outcome == taken && l.holder == l.Owner { // the script ran twice, since its connection broke
			outcome = granted
		}
		r.clock.hear(now)
		l.there = parseStamp([]byte(there))
		l.started = r.clock.see(uint64(max(0, started)))
		return nil
	})
	return outcome, l, err
}

// store puts the value where all replicas find it, and ends the lease. It says whether the value was taken: that of a
// holder who was away while somebody else fetched is not.
func (l *lease) store(ctx context.Context, value []byte, life time.Duration) (stored bool, err error) {
	defer l.Rest() // a large value takes longer than the lease lives
	r := l.redis
	err = r.Do(ctx, l.Key, func(ctx context.Context) error {
		keys := []string{l.Key, r.entryKey(l.key), r.failureKey(l.key)}
		n, err := storeScript.Run(ctx, r.Client, keys, l.Owner, value, life.Milliseconds(), r.Bell.Channel, ring(l.key, l.started)).Int()
		stored = n == 1
		return err
	})
	return stored, err
}

// release ends the lease and says nothing: whoever waits may claim it.
func (l *lease) release(ctx context.Context) { l.Release(ctx, ring(l.key, 0)) }

// fail ends the lease and tells those who wait why there is nothing for them.
func (l *lease) fail(ctx context.Context, failure error) {
	l.Rest()
	r := l.redis
	_ = r.Do(ctx, l.Key, func(ctx context.Context) error {
		keys := []string{l.Key, r.failureKey(l.key)}
		note := newNote(failure)
		return failScript.Run(ctx, r.Client, keys, l.Owner, note, failureLife.Milliseconds(), r.Bell.Channel, ring(l.key, 0)).Err()
	})
}
