package fleet

import (
	"context"
	"crypto/rand"
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// LeaseLife is how long a waiter sees a lease unchanged until it replaces the holder.
	LeaseLife = 3 * time.Second

	leaseGarbage = 3 * LeaseLife // how long Redis keeps a lease that is neither renewed nor replaced
)

var (
	//go:embed scripts/renew.lua
	renewSource string
	//go:embed scripts/finish.lua
	finishSource string

	renewScript  = redis.NewScript(renewSource)
	finishScript = redis.NewScript(finishSource)
)

// Lease is the right to execute for all replicas. It is renewed until Store, Fail, Alone or Release ends it.
type Lease struct {
	Keys
	Base string // the head of the value when the lease was granted

	once       *Once
	owner      string
	state      string
	foreground <-chan struct{}
	renewals   int

	ending  sync.Once
	end     chan struct{}
	renewal sync.WaitGroup
}

func newLease(o *Once, c Claim) *Lease {
	return &Lease{Keys: c.Keys, once: o, owner: rand.Text(), foreground: c.Foreground, end: make(chan struct{})}
}

// The priorities of a holder.
const (
	foreground = "foreground"
	background = "background"
)

// text is the lease as Redis keeps it: the owner first, and other than before after every renewal.
func (l *Lease) text() string {
	priority := foreground
	if l.foreground != nil {
		select {
		case <-l.foreground:
		default:
			priority = background
		}
	}
	return strings.Join([]string{l.owner, strconv.Itoa(l.renewals), priority, l.state}, " ")
}

// holder is a lease as others read it.
type holder struct{ owner, priority, state string }

func parseLease(text string) holder {
	parts := append(strings.Split(text, " "), "", "", "", "")
	return holder{owner: parts[0], priority: parts[2], state: parts[3]}
}

// keep renews the lease at a third of its life.
func (l *Lease) keep(ctx context.Context) {
	l.renewal.Go(func() {
		ticker := time.NewTicker(LeaseLife / 3)
		defer ticker.Stop()
		for {
			select {
			case <-l.end:
				return
			case <-ticker.C:
				l.renewals++
				_ = l.once.redis.Do(ctx, l.Keys.Lease, func(ctx context.Context) error {
					keys := []string{l.Value, l.Keys.Lease}
					return renewScript.Run(ctx, l.once.redis.Client, keys, l.owner, l.text(), leaseGarbage.Milliseconds(), l.Base).Err()
				})
			}
		}
	})
}

// Store puts the value, which begins with its head, where all replicas find it, publishes text about it, and ends the lease. It
// reports whether the value was stored: that of a holder that was replaced is not.
func (l *Lease) Store(ctx context.Context, value []byte, life time.Duration, text string) (stored bool, err error) {
	l.once.failures.clear(l.Keys)
	return l.finish(ctx, value, life, "", text)
}

// Fail shares a failure with all replicas, which hold back new attempts, and ends the lease.
func (l *Lease) Fail(ctx context.Context, err error) {
	f := l.once.failures.add(l.Keys, err)
	_, _ = l.finish(ctx, nil, 0, f.text(), "")
}

// Alone tells the waiters that the value cannot be shared, and ends the lease.
func (l *Lease) Alone(ctx context.Context) { _, _ = l.finish(ctx, nil, 0, alone().text(), "") }

// Release ends the lease without a value or a failure: a waiter becomes the leader.
func (l *Lease) Release(ctx context.Context) { _, _ = l.finish(ctx, nil, 0, "", "") }

// rest ends the renewal and waits for it.
func (l *Lease) rest() {
	l.ending.Do(func() { close(l.end) })
	l.renewal.Wait()
}

func (l *Lease) finish(ctx context.Context, value []byte, life time.Duration, failure, text string) (stored bool, err error) {
	if value == nil {
		l.rest() // a renewal after the end would take the lease again
	}
	defer l.rest() // a large value takes longer than the lease lives
	r := l.once.redis
	err = r.Do(ctx, l.Keys.Lease, func(ctx context.Context) error {
		keys := []string{l.Value, l.Keys.Lease, l.Failure}
		n, err := finishScript.Run(ctx, r.Client, keys, l.owner, l.Base, r.Messages.Channel, Message(l.Topic, text),
			value, life.Milliseconds(), failure, failureGarbage.Milliseconds()).Int()
		stored = n == 1
		return err
	})
	return stored, err
}

// Restore stores a value without a lease, in the place of the one with the head base, unless a leader is about to.
func (o *Once) Restore(ctx context.Context, k Keys, base string, value []byte, life time.Duration, text string) error {
	return o.redis.Do(ctx, k.Lease, func(ctx context.Context) error {
		keys := []string{k.Value, k.Lease, k.Failure}
		return finishScript.Run(ctx, o.redis.Client, keys, "", base, o.redis.Messages.Channel, Message(k.Topic, text),
			value, life.Milliseconds(), "", 0).Err()
	})
}
