package cache

import (
	"context"
	"crypto/rand"
	_ "embed"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	leaseLife   = 3 * time.Second // after so long without a sign of its owner a lease is anybody's
	failureLife = time.Second     // how long a failure is told to those who waited for the fetch
)

var (
	//go:embed scripts/claim.lua
	claimSource string
	//go:embed scripts/renew.lua
	renewSource string
	//go:embed scripts/store.lua
	storeSource string
	//go:embed scripts/fail.lua
	failSource string
	//go:embed scripts/peek.lua
	peekSource string

	claimScript = redis.NewScript(claimSource)
	renewScript = redis.NewScript(renewSource)
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
	redis   *shared
	key     query.Key
	owner   string
	started uint64 // the stamp of its claim
	there   uint64 // that of the entry that was there then
	holder  string // who had the lease then

	end     chan struct{}
	renewal sync.WaitGroup
}

// claim asks for the lease. newerThan is the start stamp that an entry must exceed to be news.
func (r *shared) claim(ctx context.Context, key query.Key, newerThan uint64) (outcome string, l *lease, err error) {
	l = &lease{redis: r, key: key, owner: rand.Text(), end: make(chan struct{})}
	err = r.Do(ctx, func(ctx context.Context) error {
		keys := []string{r.leaseKey(key), r.entryKey(key)}
		reply, err := claimScript.Run(ctx, r.Client, keys, l.owner, leaseLife.Milliseconds(), stamp(newerThan), r.clock.seen.Load()).Slice()
		if err != nil {
			return err
		}
		outcome, _ = reply[0].(string)
		started, _ := reply[1].(int64)
		now, _ := reply[2].(int64)
		there, _ := reply[3].(string)
		l.holder, _ = reply[4].(string)
		r.clock.hear(now)
		l.there = parseStamp([]byte(there))
		l.started = r.clock.see(uint64(max(0, started)))
		return nil
	})
	return outcome, l, err
}

// keep renews the lease until it is ended.
func (l *lease) keep(ctx context.Context) {
	l.renewal.Go(func() {
		ticker := time.NewTicker(leaseLife / 3)
		defer ticker.Stop()
		for {
			select {
			case <-l.end:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
				_ = l.redis.Do(ctx, func(ctx context.Context) error {
					return renewScript.Run(ctx, l.redis.Client, []string{l.redis.leaseKey(l.key)}, l.owner, leaseLife.Milliseconds()).Err()
				})
			}
		}
	})
}

// rest ends the renewal, once.
func (l *lease) rest() {
	select {
	case <-l.end:
	default:
		close(l.end)
	}
	l.renewal.Wait()
}

// store puts the value where all replicas find it, and ends the lease. It says whether the value was taken: that of a
// holder who was away while somebody else fetched is not.
func (l *lease) store(ctx context.Context, value []byte, life time.Duration) (stored bool, err error) {
	l.rest()
	r := l.redis
	err = r.Do(ctx, func(ctx context.Context) error {
		keys := []string{r.leaseKey(l.key), r.entryKey(l.key), r.failureKey(l.key)}
		n, err := storeScript.Run(ctx, r.Client, keys, l.owner, value, life.Milliseconds(), r.Bell.Channel, ring(l.key, l.started)).Int()
		stored = n == 1
		return err
	})
	return stored, err
}

// fail ends the lease and tells those who wait why there is nothing for them.
func (l *lease) fail(ctx context.Context, failure error) {
	l.rest()
	r := l.redis
	_ = r.Do(ctx, func(ctx context.Context) error {
		keys := []string{r.leaseKey(l.key), r.failureKey(l.key)}
		note := newNote(failure)
		return failScript.Run(ctx, r.Client, keys, l.owner, note, failureLife.Milliseconds(), r.Bell.Channel, ring(l.key, 0)).Err()
	})
}
