package fleet

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// HeadSize is the size of the beginning of a value, in which it differs from every other value of its key.
const HeadSize = 20

//go:embed scripts/acquire.lua
var acquireSource string

var acquireScript = redis.NewScript(acquireSource)

// Once has the replicas on one Redis execute a function once per key. One caller acquires the lease and is the leader; the others wait
// for the value that it stores or the failure that it shares. After a failure, a backoff applies to all replicas.
// It is safe for concurrent use.
type Once struct {
	redis    *Redis // nil: this replica alone
	failures failures
}

// Backoff returns how long no attempt is made after count failures in a row, of which this is the last.
type Backoff func(count int, failure *fault.Error) time.Duration

// NewOnce returns a Once with a backoff by the clock now. Without Redis, which may be nil, it covers this replica alone.
func NewOnce(r *Redis, b Backoff, now func() time.Time) *Once {
	return &Once{redis: r, failures: failures{backoff: b, now: now, byLease: map[string]failure{}}}
}

// Keys are the names of what belongs to one execution. In a Cluster they are in one slot.
type Keys struct {
	Value, Lease, Failure string
	Topic                 string // of the messages
}

// AcquireOptions say what a caller of Acquire knows and wants.
type AcquireOptions struct {
	Keys
	Local      bool                                         // execute without the other replicas
	Known      string                                       // the head of the value that is of no use to the caller
	State      func() string                                // returns what a leader knows when it begins, without spaces; may be nil
	Outdated   func(ctx context.Context, state string) bool // reports whether the result of a holder with this state is of no use; may be nil
	Foreground <-chan struct{}                              // closed once a request waits for the result; nil: a request does
	Waiting    func()                                       // called when the caller begins to wait for another holder; may be nil
}

// Outcome is the outcome of Acquire.
type Outcome struct {
	Lease  *Lease // the caller is the leader: it executes, and ends the lease; nil: another replica stored a value
	Head   string // of the value that is in Redis
	Waited bool   // for another holder
}

// Acquire waits until the caller is the leader, or Redis has a value other than the known one. Without Redis, and for a second after
// a leader had a result that cannot be shared, every caller is a leader. The error is the failure that a leader shared, or the context's.
//
// A holder that stops renewing its lease is replaced once the lease has been the same for LeaseLife by the monotonic clock of a waiter.
func (o *Once) Acquire(ctx context.Context, options AcquireOptions) (Outcome, error) {
	outcome := Outcome{Lease: newLease(o, options)}
	if f, current := o.failures.latest(options.Lease); current {
		return outcome.failed(f)
	}
	if o.redis == nil || options.Local {
		return outcome, nil
	}
	w := o.redis.waiters.add(options.Keys)
	defer o.redis.waiters.remove(w)
	for replace := ""; ; {
		requested := outcome.Lease.requested()
		r, err := o.acquire(ctx, outcome.Lease, options, replace)
		outcome.Head = r.head
		switch {
		case ctx.Err() != nil && r.result != granted:
			return Outcome{}, context.Cause(ctx)
		case err != nil:
			return outcome, nil
		case r.result == granted:
			outcome.Lease.keep(context.WithoutCancel(ctx), r.head)
			return outcome, nil
		case r.result == news:
			outcome.Lease = nil
			return outcome, nil
		case r.result == failed:
			if f, current := o.failures.share(options.Lease, r.failure, r.age); current || outcome.Waited {
				return outcome.failed(f)
			}
			continue
		case r.lease != "" && options.Outdated != nil && options.Outdated(ctx, stateOf(r.lease)):
			replace = r.lease
			continue
		}
		if !outcome.Waited && options.Waiting != nil {
			options.Waiting()
		}
		outcome.Waited = true
		replace = w.wait(ctx, r.lease, requested)
	}
}

// failed returns the outcome after a failure. A result that cannot be shared is none: the caller is a leader.
func (o Outcome) failed(f failure) (Outcome, error) {
	if f.Local {
		return o, nil
	}
	o.Lease = nil
	return o, f.err()
}

// Failure returns the failure whose backoff has not ended, or nil.
func (o *Once) Failure(k Keys) error {
	if f, current := o.failures.latest(k.Lease); current && !f.Local {
		return f.err()
	}
	return nil
}

// RetryAt returns when the backoff after the failure that Failure returns ends.
func (o *Once) RetryAt(k Keys) time.Time {
	f, _ := o.failures.latest(k.Lease)
	return f.until
}

// The results of the script.
const (
	granted = "granted"
	taken   = "taken"
	news    = "news"
	failed  = "failed"
)

// reply is what the script replies.
type reply struct {
	result, head, lease, failure string
	age                          time.Duration // of the failure, by Redis's clock
}

func (o *Once) acquire(ctx context.Context, l *Lease, options AcquireOptions, replace string) (r reply, err error) {
	if options.State != nil {
		l.state = options.State()
	}
	last, _ := o.failures.latest(l.Lease)
	values, err := o.redis.Run(ctx, acquireScript, []string{l.Value, l.Lease, l.Failure},
		l.text(), leaseGarbage.Milliseconds(), HeadSize, options.Known, replace, last.id,
		o.redis.Channel, Message(l.Topic, Promote)).Slice()
	if err != nil {
		return r, err
	}
	for i, text := range []*string{&r.result, &r.head, &r.lease, &r.failure} {
		*text, _ = values[i].(string)
	}
	left, _ := values[4].(int64)
	r.age = max(0, failureGarbage-time.Duration(left)*time.Millisecond)
	if r.result == taken && ownerOf(r.lease) == l.owner { // the script ran twice, since its connection broke
		r.result = granted
	}
	return r, nil
}

const (
	failureGarbage = 5 * time.Minute // how long Redis keeps a failure, longer than any backoff
	maxFailures    = 10_000          // that a replica remembers
)

// failure is a failed execution as the replicas share it. It has what callers may read, and no cause.
type failure struct {
	Count int           `json:"count"` // of failures in a row that have a backoff
	Hold  time.Duration `json:"hold"`  // the backoff
	Local bool          `json:"alone,omitempty"`

	Kind       fault.Kind    `json:"kind,omitempty"`
	Detail     string        `json:"detail,omitempty"`
	Status     int           `json:"status,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`

	cause error // of a failure of this replica
	id    string
	until time.Time // end of the backoff, by the clock of this replica
}

// unshareable returns what waiters get for a result that cannot be shared.
func unshareable() failure { return failure{Local: true, Hold: time.Second, id: rand.Text()} }

func (f failure) text() string {
	text, _ := json.Marshal(f) // text and numbers never fail
	return f.id + " " + string(text)
}

func (f failure) err() error {
	if f.cause != nil {
		return f.cause
	}
	return &fault.Error{Kind: f.Kind, Detail: f.Detail, Status: f.Status, RetryAfter: f.RetryAfter}
}

// failures are the failed executions that this replica knows, by the key of their lease. Each counts once, for its backoff, by the clock
// of this process.
type failures struct {
	backoff Backoff
	now     func() time.Time

	mu      sync.Mutex
	byLease map[string]failure // guarded by mu
}

// latest returns the latest failure of a lease, which has no id if there is none, and reports whether its backoff has not ended.
func (s *failures) latest(lease string) (f failure, current bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f = s.byLease[lease]
	return f, s.now().Before(f.until)
}

// add records a failure of this replica.
func (s *failures) add(lease string, err error) failure {
	e := fault.Of(err)
	f := failure{Kind: e.Kind, Detail: e.Detail, Status: e.Status, RetryAfter: e.RetryAfter, cause: err, id: rand.Text()}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Count = 1 + s.count(lease)
	if f.Hold = s.backoff(f.Count, e); f.Hold == 0 {
		f.Count = 0
	}
	return s.put(lease, f, f.Hold)
}

// share records the failure of another replica, and reports whether its backoff has not ended. Its age is by Redis's clock, and can
// only shorten the backoff.
func (s *failures) share(lease, text string, age time.Duration) (f failure, current bool) {
	id, body, _ := strings.Cut(text, " ")
	f = failure{Count: 1, Hold: time.Second, Kind: fault.UpstreamError, id: id}
	_ = json.Unmarshal([]byte(body), &f) // a damaged failure has a backoff of a second
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Count = max(f.Count, s.count(lease))
	f = s.put(lease, f, min(max(f.Hold, 0), failureGarbage)-age)
	return f, s.now().Before(f.until)
}

// count returns the number of failures in a row, without those of long ago; the caller holds the lock.
func (s *failures) count(lease string) int {
	f := s.byLease[lease]
	if s.now().Sub(f.until) > failureGarbage {
		return 0
	}
	return f.Count
}

// put records a failure with a backoff; the caller holds the lock. If there are too many, the others are forgotten.
func (s *failures) put(lease string, f failure, backoff time.Duration) failure {
	if len(s.byLease) >= maxFailures {
		clear(s.byLease)
	}
	f.until = s.now().Add(backoff)
	s.byLease[lease] = f
	return f
}

// clear forgets the failures of a lease.
func (s *failures) clear(lease string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byLease, lease)
}
