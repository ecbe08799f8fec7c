package testkit

import (
	"sync"
	"time"
)

// linkBurst is how much of its time an idle link makes up for: a sleep ends late.
const linkBurst = 10 * time.Millisecond

// link is one direction of a network link that all connections share.
type link struct {
	mu   sync.Mutex
	rate float64   // guarded by mu: bytes per second; 0: unbounded
	free time.Time // guarded by mu: when all that was sent so far has passed
}

func (l *link) limit(bytesPerSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate = bytesPerSecond
}

// pass waits until n more bytes have passed the link.
func (l *link) pass(n int) {
	l.mu.Lock()
	if l.rate == 0 {
		l.mu.Unlock()
		return
	}
	if earliest := time.Now().Add(-linkBurst); l.free.Before(earliest) {
		l.free = earliest
	}
	l.free = l.free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
	passed := l.free
	l.mu.Unlock()
	time.Sleep(time.Until(passed))
}
