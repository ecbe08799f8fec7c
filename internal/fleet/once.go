package fleet

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// HeadSize is the size of the part of a value that tells it from every other value of its key. A value begins with it.
const HeadSize = 20

// ErrAlone says that the replicas cannot execute together: without Redis, or because the result cannot be shared.
var ErrAlone = errors.New("every replica executes alone")

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

// Acquire waits until the caller is the leader, or Redis has a value other than the one it knows. The error is ErrAlone, the failure
// that the leader shared, or the context's.
//
// A holder that stops renewing its lease is replaced once the lease has been the same for LeaseLife by the monotonic clock of a waiter.
func (o *Once) Acquire(ctx context.Context, c Claim) (Turn, error) {
	if err := o.Failure(c.Keys); err != nil {
		return Turn{}, err
	}
	if o.redis == nil {
		return Turn{}, ErrAlone
	}
	w := o.redis.watcher.add(c.Keys)
	defer o.redis.watcher.remove(w)
	l := newLease(o, c)
	var turn Turn
	for replace := ""; ; {
		if c.State != nil {
			l.state = c.State()
		}
		s, err := o.acquire(ctx, l, c.Known, replace)
		turn.Head = s.head
		switch {
		case err != nil && ctx.Err() != nil:
			return turn, context.Cause(ctx)
		case err != nil:
			return turn, fmt.Errorf("%w: %w", ErrAlone, err)
		case s.outcome == granted:
			l.Base = s.head
			l.keep(context.WithoutCancel(ctx))
			turn.Lease = l
			return turn, nil
		case s.outcome == news:
			return turn, nil
		case s.outcome == failed:
			f, holds := o.failures.shared(c.Keys, s.failure, s.age)
			if holds || turn.Waited {
				return turn, f.err()
			}
			continue
		case replace == "" && c.Outdated != nil && c.Outdated(ctx, parseLease(s.lease).state):
			replace = s.lease
			continue
		}
		if !turn.Waited && c.Waiting != nil {
			c.Waiting()
		}
		turn.Waited = true
		if replace, err = w.wait(ctx, s.lease, c.Foreground); err != nil {
			return turn, err
		}
	}
}

// Failure returns the failure that holds attempts back now, or nil.
func (o *Once) Failure(k Keys) error { return o.failures.holding(k) }

// Failed notes the failure of an execution without a lease.
func (o *Once) Failed(k Keys, err error) { o.failures.add(k, err) }

// Succeeded notes the success of an execution without a lease.
func (o *Once) Succeeded(k Keys) { o.failures.clear(k) }

// state is what Redis has for a key.
type state struct {
	outcome, head, lease, failure string
	age                           time.Duration // of the failure, by Redis's clock
}

func (o *Once) acquire(ctx context.Context, l *Lease, known, replace string) (s state, err error) {
	spent := o.failures.spent(l.Keys)
	err = o.redis.Do(ctx, l.Keys.Lease, func(ctx context.Context) error {
		keys := []string{l.Value, l.Keys.Lease, l.Failure}
		reply, err := acquireScript.Run(ctx, o.redis.Client, keys, l.text(), leaseGarbage.Milliseconds(), HeadSize, known, replace, spent).Slice()
		if err != nil {
			return err
		}
		s.outcome, _ = reply[0].(string)
		s.head, _ = reply[1].(string)
		s.lease, _ = reply[2].(string)
		s.failure, _ = reply[3].(string)
		left, _ := reply[4].(int64)
		s.age = max(0, failureGarbage-time.Duration(left)*time.Millisecond)
		return nil
	})
	if s.outcome == taken && parseLease(s.lease).owner == l.owner { // the script ran twice, since its connection broke
		s.outcome = granted
	}
	return s, err
}
