// Package onewrite sends an answer with one system call where net/http makes two. Its buffer has 4 KiB: a larger answer goes out
// as the full buffer first and then the rest, and the second call is much of what a hit costs.
//
// A handler that is about to write a whole body calls Hold. The connection then keeps the full buffer back until the rest
// comes, and sends both at once. The rest always comes: the buffer is written out in mid-body only because there is more. It
// imports nothing of the gateway.
package onewrite

import (
	"context"
	"net"
	"net/http"
)

// bufferSize is that of net/http's buffer before a connection.
const bufferSize = 4 << 10

// Listener makes connections that can hold.
type Listener struct{ net.Listener }

// Accept gives the next connection.
func (l Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, nil
	}
	return c, err
}

// conn holds back at most one buffer. Only the handler of the request in progress calls it, one call after another.
type conn struct {
	*net.TCPConn
	holding bool
	held    []byte
}

// Write keeps a full buffer back while holding, and sends what was kept together with what comes next.
func (c *conn) Write(p []byte) (int, error) {
	if c.holding && len(p) == bufferSize {
		c.holding = false
		c.held = append(c.held[:0], p...)
		return len(p), nil
	}
	c.holding = false
	if len(c.held) == 0 {
		return c.TCPConn.Write(p)
	}
	both := net.Buffers{c.held, p}
	n, err := both.WriteTo(c.TCPConn)
	written := max(0, int(n)-len(c.held))
	c.held = c.held[:0]
	return written, err
}

type key struct{}

// Context is for http.Server.ConnContext.
func Context(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Hold says that the whole rest of the answer is about to be written, size bytes of body in one call.
func Hold(r *http.Request, size int) {
	if c, ok := r.Context().Value(key{}).(*conn); ok && size >= bufferSize {
		c.holding = true
	}
}
