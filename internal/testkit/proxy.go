package testkit

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands before a server, and makes the network between bad: it delays what the server says, and cuts connections.
type Proxy struct {
	Address string

	target string
	delay  atomic.Int64 // nanoseconds

	mu    sync.Mutex
	conns map[net.Conn]bool // guarded by mu: both ends of what is open
}

// StartProxy starts one before the server at target, until the end of the test.
func StartProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: listener.Addr().String(), target: target, conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.join(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.Cut()
		running.Wait()
	})
	return p
}

// Delay holds every piece of an answer back for so long.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Cut ends all connections that are open, wherever they are in what they say.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// CutEvery cuts again and again, until stop.
func (p *Proxy) CutEvery(d time.Duration) (stop func()) {
	end := make(chan struct{})
	var cutting sync.WaitGroup
	cutting.Go(func() {
		ticker := time.NewTicker(d)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				p.Cut()
			}
		}
	})
	return func() {
		close(end)
		cutting.Wait()
	}
}

func (p *Proxy) join(client net.Conn) {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		_ = client.Close()
		return
	}
	p.keep(client, server)
	defer p.drop(client, server)
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	p.answer(client, server)
	_ = client.Close()
	both.Wait()
}

// answer passes on what the server says, a little at a time, so that a cut can come in the middle.
func (p *Proxy) answer(client, server net.Conn) {
	piece := make([]byte, 4<<10)
	for {
		n, err := server.Read(piece)
		time.Sleep(time.Duration(p.delay.Load()))
		if _, failed := client.Write(piece[:n]); failed != nil || err != nil {
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
