package upstream

import (
	"container/list"
	"log/slog"
	"sync"
	"time"
)

// The evidence that a host fails is time without a success, never a share of failures: what a slow host sends late is still a
// success.
const (
	lateAfter    = 1500 * time.Millisecond // requests in flight without a response for so long make the host suspect
	suspectAfter = time.Second             // so do failures without a success over so long
	downAfter    = 2 * time.Second         // failures over so long, and
	downFailures = 3                       // so many of them, make it down
	hangAfter    = 5 * time.Second         // a single one over so long does
	evidenceLife = 15 * time.Second        // what failed longer ago says nothing about now

	probeInterval = 500 * time.Millisecond // between probes; longer by as much for each probe that is still in flight
)

// The states of a circuit breaker.
const (
	BreakerClosed  = "closed"  // the host responds, or nothing says otherwise
	BreakerSuspect = "suspect" // it may hang or fail: stale entries are served at once, and few refreshes are sent
	BreakerOpen    = "open"    // it fails: a few probes a second are sent, and nothing else
)

// health is what this process knows of a host of Rocket's, or of an account there. It is safe for concurrent use.
type health struct {
	now  func() time.Time
	late time.Duration // see lateAfter; 0: requests are never late
	log  *slog.Logger

	mu           sync.Mutex
	inFlight     list.List // guarded by mu: of *attempt, the oldest first
	lastResponse time.Time // guarded by mu: that was no failure
	failingSince time.Time // guarded by mu: when the first request was sent that failed without a success since; zero: none
	lastFailure  time.Time // guarded by mu
	failures     int       // guarded by mu: since failingSince
	probes       int       // guarded by mu: in flight
	lastProbe    time.Time // guarded by mu
	reported     string    // guarded by mu: the state that the log has
	opened       uint64    // guarded by mu: how often it went down
}

// newHealth returns the health of something without any evidence. timeout is that of a request.
func newHealth(timeout time.Duration, now func() time.Time, log *slog.Logger) *health {
	return &health{now: now, late: min(lateAfter, timeout/2), log: log, reported: BreakerClosed}
}

// attempt is a request in flight.
type attempt struct {
	health  *health
	started time.Time
	element *list.Element // guarded by the health's mu; nil once it has ended
}

// begin records that a request is sent. One of the attempt's methods must record how it ends; the first one counts.
func (h *health) begin() *attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &attempt{health: h, started: h.now()}
	a.element = h.inFlight.PushBack(a)
	return a
}

// end removes the attempt from those in flight and reports whether it was there. The caller holds mu.
func (a *attempt) end() bool {
	if a.element == nil {
		return false
	}
	a.health.inFlight.Remove(a.element)
	a.element = nil
	return true
}

// abandon ends an attempt that is no evidence: this process gave it up, or the response concerns the account alone.
func (a *attempt) abandon(responded bool) {
	h := a.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.end() && responded {
		h.lastResponse = h.now()
	}
}

// succeed ends an attempt to which there was a response.
func (a *attempt) succeed() {
	h := a.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if !a.end() {
		return
	}
	h.lastResponse, h.failingSince, h.failures = h.now(), time.Time{}, 0
	h.report(BreakerClosed)
}

// fail ends an attempt that failed.
func (a *attempt) fail() {
	h := a.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if !a.end() {
		return
	}
	now := h.now()
	if h.failures++; h.failingSince.IsZero() {
		h.failingSince = later(a.started, h.lastResponse)
	}
	h.lastFailure = now
	h.report(h.state(now))
}

// expire ends an attempt whose deadline passed. It fails if it had enough time for a response.
func (a *attempt) expire() {
	if a.health.now().Sub(a.started) >= a.health.late {
		a.fail()
		return
	}
	a.abandon(false)
}

// state returns the state of the breaker. The caller holds mu.
func (h *health) state(now time.Time) string {
	failing := h.lastFailure.Sub(h.failingSince)
	current := h.failures > 0 && now.Sub(h.lastFailure) < evidenceLife
	switch {
	case current && (failing >= downAfter && h.failures >= downFailures || failing >= hangAfter):
		return BreakerOpen
	case current && failing >= suspectAfter, h.isLate(now):
		return BreakerSuspect
	default:
		return BreakerClosed
	}
}

// isLate reports whether requests have been in flight without a response for too long. The caller holds mu.
func (h *health) isLate(now time.Time) bool {
	oldest := h.inFlight.Front()
	return h.late > 0 && oldest != nil && now.Sub(later(oldest.Value.(*attempt).started, h.lastResponse)) >= h.late
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// breaker returns the state, and how often it became BreakerOpen.
func (h *health) breaker() (state string, opened uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	state = h.state(h.now())
	h.report(state)
	return state, h.opened
}

// report logs a change of the state. The caller holds mu.
func (h *health) report(state string) {
	if state == h.reported {
		return
	}
	switch state {
	case BreakerOpen:
		h.opened++
		h.log.Warn("rocket fails, sending probes only")
	case BreakerSuspect:
		h.log.Warn("rocket does not respond, serving stale entries")
	default:
		h.log.Info("rocket responds again")
	}
	h.reported = state
}
