package httpserver

import (
	"context"
	"net"
	"net/http"
)

// bufferSize is that of net/http's buffer before a connection. A larger response goes out as the full buffer first and then the
// rest: the second system call is much of what a hit costs.
const bufferSize = 4 << 10

// CorkListener accepts connections that a handler can cork.
type CorkListener struct{ net.Listener }

// Accept returns the next connection.
func (l CorkListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &corkedConn{TCPConn: tcp}, nil
	}
	return c, err
}

// corkedConn holds back at most one buffer. Only the handler of the request in progress calls it, one call after another.
type corkedConn struct {
	*net.TCPConn
	corked bool
	held   []byte
}

// Write holds a full buffer back while corked, and sends it together with the bytes of the next call. That call always comes:
// net/http writes a full buffer only if more of the body follows.
func (c *corkedConn) Write(p []byte) (int, error) {
	if c.corked && len(p) == bufferSize {
		c.corked = false
		c.held = append(c.held[:0], p...)
		return len(p), nil
	}
	c.corked = false
	if len(c.held) == 0 {
		return c.TCPConn.Write(p)
	}
	both := net.Buffers{c.held, p}
	n, err := both.WriteTo(c.TCPConn)
	written := max(0, int(n)-len(c.held))
	c.held = c.held[:0]
	return written, err
}

type connKey struct{}

// CorkContext is for http.Server.ConnContext.
func CorkContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Cork announces that the rest of the response is written in one call: size bytes of body.
func Cork(r *http.Request, size int) {
	if c, ok := r.Context().Value(connKey{}).(*corkedConn); ok && size >= bufferSize {
		c.corked = true
	}
}
