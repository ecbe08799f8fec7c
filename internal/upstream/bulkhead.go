package upstream

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// priority is that of a request among those that wait for a slot.
type priority int

const (
	foreground priority = iota // a caller waits for the response
	background                 // none does: a refresh or a warm-up
)

const (
	priorities   = 2
	queuePerSlot = 64 // bounds each of the queues
)

// priorityOf returns foreground if requested is closed, as it is once a caller waits for the response.
func priorityOf(requested <-chan struct{}) priority {
	select {
	case <-requested:
		return foreground
	default:
		return background
	}
}

// bulkhead bounds the requests in flight to Rocket. Foreground requests go first; background requests hold at most half of the slots,
// so that no caller queues behind them. It is safe for concurrent use.
type bulkhead struct {
	slots int
	wait  time.Duration // of a foreground request; a background one waits as long as its context

	mu     sync.Mutex
	taken  [priorities]int       // guarded by mu
	queues [priorities]list.List // guarded by mu: of *slot
}

// slot is the right to send a request, or a position in a queue until it is granted.
type slot struct {
	bulkhead *bulkhead
	priority priority
	granted  chan struct{} // closed as soon as the slot is granted
	element  *list.Element // guarded by the bulkhead's mu: of the queue; nil: granted
}

func newBulkhead(slots int, wait time.Duration) *bulkhead { return &bulkhead{slots: slots, wait: wait} }

// acquire waits for a slot, which the caller must release. requested is closed as soon as a caller waits for the response, which
// promotes a background request. The error is an UpstreamUnavailable if no slot becomes free in time, an UpstreamTimeout if ctx ends.
func (b *bulkhead) acquire(ctx context.Context, requested <-chan struct{}) (*slot, error) {
	s := b.enqueue(priorityOf(requested))
	if s == nil {
		return nil, b.full()
	}
	for expired := (<-chan time.Time)(nil); ; {
		select {
		case <-s.granted:
			return s, nil
		case <-requested: // at once for a foreground request
			requested, expired = nil, time.After(b.wait)
			b.promote(s)
		case <-expired:
			return b.abandon(s, b.full())
		case <-ctx.Done():
			return b.abandon(s, unreachable(ctx.Err()))
		}
	}
}

// enqueue returns a slot that is granted at once or queued, nil if the queue is full.
func (b *bulkhead) enqueue(p priority) *slot {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queues[p].Len() >= queuePerSlot*b.slots {
		return nil
	}
	s := &slot{bulkhead: b, priority: p, granted: make(chan struct{})}
	s.element = b.queues[p].PushBack(s)
	b.grant()
	return s
}

// promote moves a slot to the foreground's queue, unless it is in it already or granted.
func (b *bulkhead) promote(s *slot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.element != nil && s.priority == background {
		b.queues[background].Remove(s.element)
		s.priority, s.element = foreground, b.queues[foreground].PushBack(s)
		b.grant()
	}
}

// abandon takes a slot out of its queue and returns err. If it was granted in the same moment, abandon returns it.
func (b *bulkhead) abandon(s *slot, err error) (*slot, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.element == nil {
		return s, nil
	}
	b.queues[s.priority].Remove(s.element)
	b.grant()
	return nil, err
}

// release frees the slot for the next request.
func (s *slot) release() {
	b := s.bulkhead
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken[s.priority]--
	b.grant()
}

// grant grants free slots to the queues. The caller holds mu.
func (b *bulkhead) grant() {
	for p := range priority(priorities) {
		for queue := &b.queues[p]; queue.Len() > 0 && b.free(p); b.taken[p]++ {
			s := queue.Remove(queue.Front()).(*slot)
			s.element = nil
			close(s.granted)
		}
	}
}

// free reports whether one more request of the priority may be sent. The caller holds mu.
func (b *bulkhead) free(p priority) bool {
	if p == background && (b.taken[background] >= max(1, b.slots/2) || b.queues[foreground].Len() > 0) {
		return false
	}
	return b.taken[foreground]+b.taken[background] < b.slots
}

// load returns how many slots are taken and how many requests wait for one, by priority.
func (b *bulkhead) load() (taken, waiting [priorities]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken, [priorities]int{b.queues[foreground].Len(), b.queues[background].Len()}
}

func (b *bulkhead) full() error {
	return unavailable(shedQueue, "Too many requests to Rocket are in flight already.", b.wait)
}
