package upstream

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// waitersPerPlace bounds the queue.
const waitersPerPlace = 64

// limiter bounds the questions in flight to Rocket. Those that somebody waits for go first; those behind the scenes, refreshes
// and warm-ups, get at most half of the places, so that a caller never stands in line behind them.
type limiter struct {
	places int
	wait   time.Duration // of a caller; what goes on behind the scenes waits as long as its context

	mu       sync.Mutex
	taken    int        // guarded by mu
	behind   int        // guarded by mu: those of taken that nobody waits for
	callers  *list.List // guarded by mu: of *waiter
	patients *list.List // guarded by mu: of *waiter that nobody waits for
}

// waiter stands in line. One whose answer somebody begins to wait for moves over to the callers.
type waiter struct {
	line    *list.List // guarded by the limiter's mu
	element *list.Element
	admit   chan *place // gets the place, once
}

// place is the right to ask.
type place struct {
	limiter *limiter
	behind  bool
}

func newLimiter(places int, wait time.Duration) *limiter {
	return &limiter{places: places, wait: wait, callers: list.New(), patients: list.New()}
}

// enter waits for a place, which leave gives back. awaited is closed as soon as somebody waits for the answer.
func (l *limiter) enter(ctx context.Context, awaited <-chan struct{}) (*place, error) {
	behind := !closed(awaited)
	w, p := l.join(behind)
	switch {
	case p != nil:
		return p, nil
	case w == nil:
		return nil, l.full()
	}
	var patience <-chan time.Time // starts when somebody waits
	if !behind {
		patience, awaited = time.After(l.wait), nil
	}
	for {
		select {
		case p := <-w.admit:
			return p, nil
		case <-awaited:
			awaited, patience = nil, time.After(l.wait)
			l.promote(w)
		case <-patience:
			return l.quit(w, l.full())
		case <-ctx.Done():
			return l.quit(w, unreachable(ctx.Err()))
		}
	}
}

// join takes a place, or a stand in line; neither where the line is too long.
func (l *limiter) join(behind bool) (*waiter, *place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.free(behind) {
		return nil, l.take(behind)
	}
	line := l.callers
	if behind {
		line = l.patients
	}
	if line.Len() >= waitersPerPlace*l.places {
		return nil, nil
	}
	w := &waiter{line: line, admit: make(chan *place, 1)}
	w.element = line.PushBack(w)
	return w, nil
}

// free says whether one more may go. The caller holds mu.
func (l *limiter) free(behind bool) bool {
	return l.taken < l.places && (!behind || l.behind < max(1, l.places/2) && l.callers.Len() == 0)
}

// take gives a place. The caller holds mu.
func (l *limiter) take(behind bool) *place {
	l.taken++
	if behind {
		l.behind++
	}
	return &place{l, behind}
}

// promote moves a waiter to the callers' line, unless it has its place.
func (l *limiter) promote(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.element != nil && w.line == l.patients {
		l.patients.Remove(w.element)
		w.line, w.element = l.callers, l.callers.PushBack(w)
		l.admit()
	}
}

// quit leaves the line. A place that was given in the same moment is taken.
func (l *limiter) quit(w *waiter, err error) (*place, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.element == nil {
		return <-w.admit, nil
	}
	w.line.Remove(w.element)
	l.admit()
	return nil, err
}

// leave gives the place back, to whoever is next.
func (p *place) leave() {
	l := p.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken--
	if p.behind {
		l.behind--
	}
	l.admit()
}

// admit lets in who is next, as long as there are places. The caller holds mu.
func (l *limiter) admit() {
	for _, line := range []*list.List{l.callers, l.patients} {
		for line.Len() > 0 && l.free(line == l.patients) {
			w := line.Remove(line.Front()).(*waiter)
			w.element = nil
			w.admit <- l.take(line == l.patients)
		}
	}
}

func (l *limiter) full() error {
	return &fault.Error{
		Kind:       fault.UpstreamUnavailable,
		Reason:     shedQueue,
		Detail:     "Too many questions are on their way to Rocket already.",
		RetryAfter: max(time.Second, l.wait),
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
