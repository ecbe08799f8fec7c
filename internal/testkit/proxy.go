package testkit

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy forwards TCP connections to a server over a network that a test makes bad: it delays responses, bounds the bandwidth and
// cuts connections.
type Proxy struct {
	Address string

	t        testing.TB
	target   string
	delay    atomic.Int64 // nanoseconds
	up, down link         // to the server, and back
	blocked  atomic.Bool  // connections end at once

	mu    sync.Mutex
	conns map[net.Conn]bool // guarded by mu: both ends of open connections
}

// StartProxy starts a Proxy to the server at target; it ends with the test.
func StartProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: listener.Addr().String(), t: t, target: target, conns: map[net.Conn]bool{}}
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
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Throttle bounds the bytes per second of each direction, over all connections; 0 is unbounded.
func (p *Proxy) Throttle(bytesPerSecond float64) {
	p.up.limit(bytesPerSecond)
	p.down.limit(bytesPerSecond)
}

// Cut closes all open connections, also in the middle of a response.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// CutEvery calls Cut at an interval until stop.
func (p *Proxy) CutEvery(interval time.Duration) (stop func()) { return Every(p.t, interval, p.Cut) }

// Block cuts all connections and ends new ones at once, until mend.
func (p *Proxy) Block() (mend func()) {
	p.blocked.Store(true)
	p.Cut()
	return func() { p.blocked.Store(false) }
}

func (p *Proxy) forward(client net.Conn) {
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
func (p *Proxy) copy(to, from net.Conn, over *link, delay *atomic.Int64) {
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

func (p *Proxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
}

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}
