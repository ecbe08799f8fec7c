package fleet

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
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

// errLocal is returned for a lease that the other replicas do not know.
var errLocal = errors.New("the lease is not shared")

// Lease is the right to execute, for all replicas if it is Shared, else for this replica alone. It is renewed until Store, Fail,
// ReleaseUnshared or Release ends it.
type Lease struct {
	Keys
	Base string // the head of the value when the lease was granted

	once       *Once
	owner      string
	state      string
	foreground <-chan struct{}
	renewals   int

	end     context.CancelFunc // ends the renewal; nil: the lease is not shared
	renewal sync.WaitGroup
}

func newLease(o *Once, options AcquireOptions) *Lease {
	return &Lease{Keys: options.Keys, once: o, owner: rand.Text(), foreground: options.Foreground}
}

// Shared reports whether the other replicas wait for the end of the lease.
func (l *Lease) Shared() bool { return l.end != nil }

// text returns the lease as Redis keeps it, which changes with every renewal: the owner, the number of renewals, the priority, and the
// state.
func (l *Lease) text() string {
	priority := "foreground"
	if l.requested() != nil {
		priority = "background"
	}
	return strings.Join([]string{l.owner, strconv.Itoa(l.renewals), priority, l.state}, " ")
}

// requested returns a channel that is closed once a request waits for the result, nil if one does.
func (l *Lease) requested() <-chan struct{} {
	select {
	case <-l.foreground:
		return nil
	default:
		return l.foreground
	}
}

func ownerOf(lease string) string { return strings.Split(lease, " ")[0] }

func stateOf(lease string) string { return lease[strings.LastIndexByte(lease, ' ')+1:] }

// keep renews the lease, which was granted over the value with the head base, at a third of its life.
func (l *Lease) keep(ctx context.Context, base string) {
	l.Base = base
	ctx, l.end = context.WithCancel(ctx)
	l.renewal.Go(func() {
		ticker := time.NewTicker(LeaseLife / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				l.renewals++
				_, _ = l.run(context.WithoutCancel(ctx), renewScript, l.owner, l.text(), leaseGarbage.Milliseconds(), l.Base)
			}
		}
	})
}

// Store stores the value, which begins with its head, for all replicas, publishes text about it, and ends the lease. It
// reports whether the value was stored: that of a holder that was replaced is not. After an error the result cannot be shared.
func (l *Lease) Store(ctx context.Context, value []byte, life time.Duration, text string) (stored bool, err error) {
	l.once.failures.clear(l.Lease)
	if stored, err = l.finish(ctx, value, life, "", text); err != nil {
		l.ReleaseUnshared(ctx)
	}
	return stored, err
}

// Fail shares a failure with all replicas, which begin a backoff, and ends the lease.
func (l *Lease) Fail(ctx context.Context, err error) {
	f := l.once.failures.add(l.Lease, err)
	_, _ = l.finish(ctx, nil, 0, f.text(), "")
}

// ReleaseUnshared ends the lease after a result that cannot be shared: every waiter executes.
func (l *Lease) ReleaseUnshared(ctx context.Context) {
	l.once.failures.clear(l.Lease)
	_, _ = l.finish(ctx, nil, 0, unshareable().text(), "")
}

// Release ends the lease without a value: a waiter becomes the leader. A failure, which may be nil, begins a backoff of this replica
// alone.
func (l *Lease) Release(ctx context.Context, failure error) {
	if failure != nil {
		l.once.failures.add(l.Lease, failure)
	}
	_, _ = l.finish(ctx, nil, 0, "", "")
}

// Guard releases the lease of a leader that panics. It is deferred.
func (l *Lease) Guard(ctx context.Context) {
	if p := recover(); p != nil {
		l.Release(ctx, nil)
		panic(p)
	}
}

func (l *Lease) finish(ctx context.Context, value []byte, life time.Duration, failure, text string) (stored bool, err error) {
	if !l.Shared() {
		return false, errLocal
	}
	stop := func() {
		l.end()
		l.renewal.Wait()
	}
	if value == nil {
		stop() // a renewal after the end would take the lease again
	}
	defer stop() // a large value takes longer than the lease lives
	return l.put(ctx, value, life, failure, text)
}

func (l *Lease) put(ctx context.Context, value []byte, life time.Duration, failure, text string) (stored bool, err error) {
	n, err := l.run(ctx, finishScript, l.owner, l.Base, l.once.redis.Channel, Message(l.Topic, text),
		value, life.Milliseconds(), failure, failureGarbage.Milliseconds())
	return n == 1, err
}

func (l *Lease) run(ctx context.Context, script *redis.Script, args ...any) (n int, err error) {
	return l.once.redis.Run(ctx, script, []string{l.Value, l.Lease, l.Failure}, args...).Int()
}

// Restore stores a value without a lease, in the place of the one with the head base, unless a leader is about to. It reports whether the
// value was stored.
func (o *Once) Restore(ctx context.Context, k Keys, base string, value []byte, life time.Duration, text string) bool {
	l := Lease{Keys: k, Base: base, once: o}
	stored, _ := l.put(ctx, value, life, "", text)
	return stored
}
