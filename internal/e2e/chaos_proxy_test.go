//go:build chaos

package e2e_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy forwards TCP connections to a server over a network that a test makes bad: it delays responses, bounds the bandwidth and
// cuts connections.
type proxy struct {
	Address string

	t        testing.TB
	target   string
	delay    atomic.Int64 // nanoseconds
	up, down link         // to the server, and back
	blocked  atomic.Bool  // connections end at once

	mu    sync.Mutex
	conns map[net.Conn]bool // guarded by mu: both ends of open connections
}

// startProxy starts a proxy to the server at target; it ends with the test.
func startProxy(t testing.TB, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Address: listener.Addr().String(), t: t, target: target, conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.forward(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.Cut()
		running.Wait()
	})
	return p
}

// Delay holds every piece of a response back for d.
func (p *proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Throttle bounds the bytes per second of each direction, over all connections; 0 is unbounded.
func (p *proxy) Throttle(bytesPerSecond float64) {
	p.up.limit(bytesPerSecond)
	p.down.limit(bytesPerSecond)
}

// Cut closes all open connections, also in the middle of a response.
func (p *proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// CutEvery calls Cut at an interval until stop.
func (p *proxy) CutEvery(interval time.Duration) (stop func()) { return every(p.t, interval, p.Cut) }

// Block cuts all connections and ends new ones at once, until mend.
func (p *proxy) Block() (mend func()) {
	p.blocked.Store(true)
	p.Cut()
	return func() { p.blocked.Store(false) }
}

func (p *proxy) forward(client net.Conn) {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		_ = client.Close()
		return
	}
	p.keep(client, server)
	defer p.drop(client, server)
	if p.blocked.Load() { // after keep: a connection that begins with Block does not outlive it
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		p.copy(server, client, &p.up, nil)
		_ = server.Close()
	})
	p.copy(client, server, &p.down, &p.delay)
	_ = client.Close()
	both.Wait()
}

// copy forwards small pieces, so that a cut can come in the middle of a response. delay may be nil.
func (p *proxy) copy(to, from net.Conn, over *link, delay *atomic.Int64) {
	piece := make([]byte, 4<<10)
	for {
		n, err := from.Read(piece)
		over.pass(n)
		if delay != nil {
			time.Sleep(time.Duration(delay.Load()))
		}
		if _, failed := to.Write(piece[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (p *proxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

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

// every calls f at an interval until stop, which waits for the last call, or the end of the test.
func every(t testing.TB, interval time.Duration, f func()) (stop func()) {
	end := make(chan struct{})
	var calls sync.WaitGroup
	calls.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				f()
			}
		}
	})
	stop = sync.OnceFunc(func() {
		close(end)
		calls.Wait()
	})
	t.Cleanup(stop)
	return stop
}
