package fleet

import (
	"context"
	_ "embed"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// HeadSize is the size of the part of a value that tells it from every other value of its key. A value begins with it.
const HeadSize = 20

// Once has the replicas on one Redis execute a function once per key. One caller gets the lease and is the leader; the others wait
// for the value that it stores or the failure that it shares. After a failure, new attempts are held back on all replicas.
// It is safe for concurrent use.
type Once struct {
	redis    *Redis // nil: there is this replica alone
	failures failures
}

// Backoff returns how long attempts are held back after a failure, of count in a row.
type Backoff func(count int, failure *fault.Error) time.Duration

// NewOnce returns one that holds attempts back after failures, by the clock now. Without Redis, which may be nil, this replica does
// so alone.
func NewOnce(r *Redis, b Backoff, now func() time.Time) *Once {
	return &Once{redis: r, failures: failures{backoff: b, now: now}}
}

// Keys are where the replicas find what belongs to one execution. In a Cluster they are in one slot.
type Keys struct {
	Value, Lease, Failure string
	Topic                 string // of the messages
}

// Claim is a caller's wish for an execution.
type Claim struct {
	Keys
	Alone      bool                                         // the other replicas have nothing to do with it
	Known      string                                       // the head of the value that is of no use to the caller
	State      func() string                                // returns what a leader knows when it begins, without spaces; may be nil
	Outdated   func(ctx context.Context, state string) bool // reports whether a holder with this state brings nothing of use; may be nil
	Foreground <-chan struct{}                              // closed once a request waits for the result; nil: it does
	Waiting    func()                                       // called when the caller begins to wait for another leader; may be nil
}

// Turn is the outcome of Acquire.
type Turn struct {
	Lease  *Lease // the caller is the leader: it executes, and ends the lease; nil: another one stored a value
	Head   string // of the value that is in Redis
	Waited bool   // for another leader
}

// What a lease's script replies.
const (
	granted = "granted"
	taken   = "taken"
	news    = "news"
	failed  = "failed"
)

//go:embed scripts/acquire.lua
var acquireSource string

var acquireScript = redis.NewScript(acquireSource)

// Acquire waits until the caller is the leader, or Redis has a value other than the one it knows. Without Redis, and for a moment after
// a leader had a result that cannot be shared, every caller is a leader. The error is the failure that a leader shared, or the context's.
//
// A holder that stops renewing its lease is replaced once the lease has been the same for LeaseLife by the monotonic clock of a waiter.
func (o *Once) Acquire(ctx context.Context, c Claim) (Turn, error) {
	turn := Turn{Lease: newLease(o, c)}
	if f := o.failures.holding(c.Keys); f != nil {
		return turn.failed(f)
	}
	if o.redis == nil || c.Alone {
		return turn, nil
	}
	w := o.redis.watcher.add(c.Keys)
	defer o.redis.watcher.remove(w)
	for replace := ""; ; {
		requested := turn.Lease.requested()
		s, err := o.acquire(ctx, turn.Lease, c, replace)
		turn.Head = s.head
		switch {
		case ctx.Err() != nil && s.outcome != granted:
			return Turn{}, context.Cause(ctx)
		case err != nil:
			return turn, nil
		case s.outcome == granted:
			turn.Lease.keep(context.WithoutCancel(ctx), s.head)
			return turn, nil
		case s.outcome == news:
			turn.Lease = nil
			return turn, nil
		case s.outcome == failed:
			if f, holds := o.failures.share(c.Keys, s.failure, s.age); holds || turn.Waited {
				return turn.failed(f)
			}
			continue
		case s.lease != "" && c.Outdated != nil && c.Outdated(ctx, stateOf(s.lease)):
			replace = s.lease
			continue
		}
		if !turn.Waited && c.Waiting != nil {
			c.Waiting()
		}
		turn.Waited = true
		replace = w.wait(ctx, s.lease, requested)
	}
}

// failed is the outcome after a failure. What cannot be shared is none: the caller is a leader.
func (t Turn) failed(f *failure) (Turn, error) {
	if f.Alone {
		return t, nil
	}
	t.Lease = nil
	return t, f.err()
}

// Failure returns the failure that holds attempts back now, or nil.
func (o *Once) Failure(k Keys) error {
	if f := o.failures.holding(k); f != nil && !f.Alone {
		return f.err()
	}
	return nil
}

// state is what Redis has for a key.
type state struct {
	outcome, head, lease, failure string
	age                           time.Duration // of the failure, by Redis's clock
}

func (o *Once) acquire(ctx context.Context, l *Lease, c Claim, replace string) (s state, err error) {
	if c.State != nil {
		l.state = c.State()
	}
	keys := []string{l.Value, l.Lease, l.Failure}
	args := []any{l.text(), leaseGarbage.Milliseconds(), HeadSize, c.Known, replace, o.failures.spent(l.Keys),
		o.redis.Messages.Channel, Message(l.Topic, Promote)}
	err = o.redis.Do(ctx, l.Lease, func(ctx context.Context) error {
		reply, err := acquireScript.Run(ctx, o.redis.Client, keys, args...).Slice()
		if err != nil {
			return err
		}
		for i, text := range []*string{&s.outcome, &s.head, &s.lease, &s.failure} {
			*text, _ = reply[i].(string)
		}
		left, _ := reply[4].(int64)
		s.age = max(0, failureGarbage-time.Duration(left)*time.Millisecond)
		return nil
	})
	if s.outcome == taken && ownerOf(s.lease) == l.owner { // the script ran twice, since its connection broke
		s.outcome = granted
	}
	return s, err
}
