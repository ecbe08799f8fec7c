package fleet

import (
	"context"
	"crypto/rand"
	_ "embed"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// LeaseLife is how long a lease outlives the last sign of its owner; then it is anybody's.
const LeaseLife = 3 * time.Second

var (
	//go:embed scripts/renew.lua
	renewSource string
	renewScript = redis.NewScript(renewSource)

	//go:embed scripts/release.lua
	releaseSource string
	releaseScript = redis.NewScript(releaseSource)
)

// Lease is the right of one replica to do something for all. Scripts grant it: they set its key to its owner, for LeaseLife, where
// nobody else has it, and take it away when what was to be done is done.
type Lease struct {
	Key   string
	Owner string

	redis   *Redis
	once    sync.Once
	end     chan struct{}
	renewal sync.WaitGroup
}

// Lease makes one to be claimed, with an owner that nobody else has.
func (r *Redis) Lease(key string) *Lease {
	return &Lease{Key: key, Owner: rand.Text(), redis: r, end: make(chan struct{})}
}

// Keep renews the lease at a third of its life, until Rest or the context's end.
func (l *Lease) Keep(ctx context.Context) {
	l.renewal.Go(func() {
		ticker := time.NewTicker(LeaseLife / 3)
		defer ticker.Stop()
		for {
			select {
			case <-l.end:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
				_ = l.redis.Do(ctx, l.Key, func(ctx context.Context) error {
					return renewScript.Run(ctx, l.redis.Client, []string{l.Key}, l.Owner, LeaseLife.Milliseconds()).Err()
				})
			}
		}
	})
}

// Rest ends the renewal and waits for it. The lease runs out by itself, unless a script ends it.
func (l *Lease) Rest() {
	l.once.Do(func() { close(l.end) })
	l.renewal.Wait()
}

// Release ends a lease whose owner brings nothing, neither a result nor a failure, and rings: whoever waits may claim it.
func (l *Lease) Release(ctx context.Context, ring string) {
	l.Rest()
	_ = l.redis.Do(ctx, l.Key, func(ctx context.Context) error {
		return releaseScript.Run(ctx, l.redis.Client, []string{l.Key}, l.Owner, l.redis.Bell.Channel, ring).Err()
	})
}
