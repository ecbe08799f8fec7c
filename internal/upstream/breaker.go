package upstream

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// The evidence that a host fails is time without a success, never a share of failures: what a slow host sends late is still a
// success.
const (
	lateAfter    = 1500 * time.Millisecond // requests in flight without a response for so long make the host suspect
	suspectAfter = time.Second             // so do failures without a success over so long
	openAfter    = 2 * time.Second         // failures over so long, and
	openFailures = 3                       // so many of them, open the breaker
	hangAfter    = 5 * time.Second         // a single one over so long does
	evidenceLife = 15 * time.Second        // what failed longer ago is no evidence for now

	probeInterval = 500 * time.Millisecond // between probes; longer by as much for each probe that is still in flight

	cooldownAfter = 3 // responses with 429 in a row, before an account sends nothing for as long as Rocket asks
)

// The states of a circuit breaker.
const (
	BreakerClosed  = "closed"  // the host responds, or no evidence says otherwise
	BreakerSuspect = "suspect" // it may hang or fail: stale entries are served at once, and few refreshes are sent
	BreakerOpen    = "open"    // it fails: a few probes a second are sent, and nothing else
)

// breaker is the circuit breaker of a host of Rocket's, or of an account there. It is safe for concurrent use.
type breaker struct {
	now  func() time.Time
	late time.Duration // see lateAfter; 0: requests are never late
	log  *slog.Logger

	backgroundOnly bool // foreground requests are always sent: a refused login fails by itself

	mu           sync.Mutex
	inFlight     list.List // guarded by mu: of *attempt, the oldest first
	lastResponse time.Time // guarded by mu: that was no failure
	failingSince time.Time // guarded by mu: when the first request was sent that failed without a success since; zero: none
	lastFailure  time.Time // guarded by mu
	failures     int       // guarded by mu: since failingSince
	probes       int       // guarded by mu: in flight
	lastProbe    time.Time // guarded by mu
	state        string    // guarded by mu: by the evidence until the last update
	opened       uint64    // guarded by mu: how often it opened
}

// newBreaker returns a closed breaker without any evidence. timeout is that of a request.
func newBreaker(timeout time.Duration, now func() time.Time, log *slog.Logger) *breaker {
	return &breaker{now: now, late: min(lateAfter, timeout/2), log: log, state: BreakerClosed}
}

// attempt is a request in flight.
type attempt struct {
	breaker *breaker
	started time.Time
	element *list.Element // guarded by the breaker's mu; nil once it has ended
}

var (
	errFailed  = errors.New("the host or the account failed")
	errLimited = errors.New("the response concerns the account alone")
)

// begin records that a request is sent. The caller must end the attempt.
func (b *breaker) begin() *attempt {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := &attempt{breaker: b, started: b.now()}
	a.element = b.inFlight.PushBack(a)
	return a
}

// end records how the attempt ended: with nil for a response, errLimited, errFailed, or an error of the transport's. The first call
// counts. What this process gave up is no evidence, and neither is a deadline that left too little time for a response.
func (a *attempt) end(err error) {
	b := a.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.element == nil {
		return
	}
	b.inFlight.Remove(a.element)
	a.element = nil
	now := b.now()
	switch {
	case err == nil:
		b.lastResponse, b.failingSince, b.failures = now, time.Time{}, 0
	case errors.Is(err, errLimited):
		b.lastResponse = now
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && now.Sub(a.started) < b.late:
	default:
		if b.failures++; b.failingSince.IsZero() {
			b.failingSince = later(a.started, b.lastResponse)
		}
		b.lastFailure = now
	}
	b.update(now)
}

// update returns the state, and logs if it has changed. The caller holds mu.
func (b *breaker) update(now time.Time) string {
	failing := b.lastFailure.Sub(b.failingSince)
	current := b.failures > 0 && now.Sub(b.lastFailure) < evidenceLife
	oldest := b.inFlight.Front()
	late := b.late > 0 && oldest != nil && now.Sub(later(oldest.Value.(*attempt).started, b.lastResponse)) >= b.late
	before := b.state
	switch {
	case current && (failing >= openAfter && b.failures >= openFailures || failing >= hangAfter):
		if b.state = BreakerOpen; before != BreakerOpen {
			b.opened++
			b.log.Warn("rocket fails, sending probes only")
		}
	case current && failing >= suspectAfter, late:
		if b.state = BreakerSuspect; before != BreakerSuspect {
			b.log.Warn("rocket does not respond, serving stale entries")
		}
	default:
		if b.state = BreakerClosed; before != BreakerClosed {
			b.log.Info("rocket responds again")
		}
	}
	return b.state
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// status returns the state, how often it became BreakerOpen, and whether a refresh may be sent as a probe.
func (b *breaker) status() (state string, opened uint64, probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	return b.update(now), b.opened, b.probeDue(now)
}

// fails reports whether stale entries are to be served at once.
func (b *breaker) fails() bool {
	state, _, _ := b.status()
	return state != BreakerClosed
}

// allows reports whether permit would return true now.
func (b *breaker) allows(p priority) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ok, _ := b.judge(p, b.now())
	return ok
}

// permit reports whether a request may be sent. If so, the caller must call release when the request has ended.
func (b *breaker) permit(p priority) (release func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	ok, probe := b.judge(p, now)
	if !probe {
		return func() {}, ok
	}
	b.probes++
	b.lastProbe = now
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.probes--
	}, true
}

// judge reports whether a request may be sent, and whether it is a probe. The caller holds mu.
func (b *breaker) judge(p priority, now time.Time) (ok, probe bool) {
	state := b.update(now)
	restricted := state == BreakerOpen && !b.backgroundOnly || state != BreakerClosed && p == background
	ok = !restricted || b.probeDue(now)
	return ok, ok && restricted
}

// probeDue reports whether a probe may be sent. The caller holds mu.
func (b *breaker) probeDue(now time.Time) bool {
	return now.Sub(b.lastProbe) >= probeInterval*time.Duration(max(1, b.probes))
}

// cooldown is what Rocket asks of an account with 429. One such response concerns its query; several in a row concern all. It is safe
// for concurrent use.
type cooldown struct {
	limited atomic.Int32 // responses with 429 in a row
	until   atomic.Int64 // Unix time in nanoseconds
}

// left returns how long nothing may be sent yet.
func (c *cooldown) left(now time.Time) time.Duration {
	return time.Duration(c.until.Load() - now.UnixNano())
}

// record records the outcome of a request.
func (c *cooldown) record(err error, now time.Time) {
	switch f := fault.Of(err); {
	case err == nil || f.Status != http.StatusTooManyRequests:
		c.limited.Store(0)
	case c.limited.Add(1) >= cooldownAfter:
		c.until.Store(now.Add(f.RetryAfter).UnixNano())
	}
}
