package httpserver

import (
	"context"
	"net"
	"sync"
)

// pipeListener is a net.Listener in memory, for servers in a synctest bubble: there, time stands still while a goroutine waits
// for a real network.
type pipeListener struct {
	backlog chan net.Conn
	closing sync.Once
	closed  chan struct{}
}

// newPipeListener returns a listener with a backlog, as the kernel has one: a client is connected before the server accepts it.
func newPipeListener() *pipeListener {
	return &pipeListener{backlog: make(chan net.Conn, 100), closed: make(chan struct{})}
}

// DialContext connects a client; it fits http.Transport.
func (l *pipeListener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.backlog <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
