package store

import (
	"sync"
	"sync/atomic"
	"time"
)

// Clock puts the fetches of one query in order, and reconciles the clocks of the replicas.
//
// An order is in microseconds, by Redis's clock at first. That one may be set back, by a failover for example, so from then on an order
// follows the monotonic clock of this process and the latest order that any replica has. So orders of all connected replicas
// advance together, whatever Redis's clock does.
type Clock struct {
	now   func() time.Time
	ahead atomic.Int64 // Redis's clock before ours, in microseconds, as it was read last

	mu         sync.Mutex
	latest     uint64       // guarded by mu: the latest order
	at         time.Time    // guarded by mu: when it was
	known      bool         // guarded by mu: Redis's time has been read
	correction atomic.Int64 // of the orders from before it was
}

// NewClock returns a Clock that does not know Redis's time yet.
func NewClock(now func() time.Time) *Clock { return &Clock{now: now} }

// Observe records Redis's time, in microseconds, and the order of now.
func (c *Clock) Observe(now int64, order uint64) {
	ours := c.now().UnixMicro()
	c.ahead.Store(now - ours)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known = true
		c.latest, c.at = order, c.now()
		c.correction.Store(int64(c.latest) - ours) //nolint:gosec // a time
	}
	c.latest = max(c.read(), order)
}

// Now returns the order of now, 0 before Redis's time is known.
func (c *Clock) Now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return 0
	}
	return c.read()
}

// read returns the order of now; the caller holds the lock.
func (c *Clock) read() uint64 {
	now := c.now()
	order := uint64(max(0, now.UnixMicro()+c.ahead.Load()))
	if !c.at.IsZero() {
		order = max(order, c.latest+uint64(max(0, now.Sub(c.at).Microseconds())))
	}
	c.latest, c.at = order, now
	return order
}

// See records an order of another replica.
func (c *Clock) See(order uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest = max(c.read(), order)
}

// After returns the order of a fetch that begins now: after all that were seen, and after those given. Before Redis's time is known the
// order is by our own clock, with a correction that comes later.
func (c *Clock) After(orders ...uint64) (order uint64, correction *atomic.Int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		correction = &c.correction
	}
	c.latest = max(c.read(), c.latest+1)
	for _, order := range orders {
		c.latest = max(c.latest, order+1)
	}
	return c.latest, correction
}

// tolerated is a difference of clocks that is not worth correcting. Below it times are stored as they are.
const tolerated = 5 * time.Second

// Shift returns the difference to add to a time of ours for other replicas, and to subtract from theirs: whole seconds, so that what
// is shown in seconds does not flicker.
func (c *Clock) Shift() time.Duration {
	ahead := time.Duration(c.ahead.Load()) * time.Microsecond
	if ahead.Abs() < tolerated {
		return 0
	}
	return ahead.Round(time.Second)
}
