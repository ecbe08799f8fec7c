package httpserver

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
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
		return &CorkedConn{TCPConn: tcp}, nil
	}
	return c, err
}

// CorkedConn is a connection of HTTP/1 that a handler can cork, and give header fields past net/http's map of them: with the fields of
// a hit, the copy, sort and check of that map are a quarter of what the whole response costs. Only the handler of the request in
// progress, and net/http on its behalf, call it, one call after another.
type CorkedConn struct {
	*net.TCPConn
	corked bool
	fields []byte  // lines that follow the next status line
	held   *buffer // what the next call sends; nil: nothing
}

// buffer is what a response needs before it is sent. Connections share buffers, so that an idle one has none.
type buffer struct {
	bytes []byte
	parts [2][]byte   // of both
	both  net.Buffers // bytes, and what follows
}

var buffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, 0, 2*bufferSize)} }}

// Write holds a full buffer back while corked, and sends it together with the bytes of the next call. That call always comes:
// net/http writes a full buffer only if more of the body follows.
func (c *CorkedConn) Write(p []byte) (int, error) {
	hold, rest := c.corked && len(p) == bufferSize, p
	c.corked = false
	if len(c.fields) > 0 {
		rest = c.begin(p)
	}
	switch {
	case hold:
		c.hold(rest)
		return len(p), nil
	case c.held == nil:
		return c.TCPConn.Write(p)
	case len(rest) <= bufferSize:
		c.hold(rest)
		rest = nil
	}
	if err := c.flush(rest); err != nil {
		return 0, err
	}
	return len(p), nil
}

// begin holds the status line that p begins with, and the fields. It returns what follows.
func (c *CorkedConn) begin(p []byte) (rest []byte) {
	n := bytes.IndexByte(p, '\n') + 1
	c.hold(p[:n])
	c.hold(c.fields)
	c.fields = c.fields[:0]
	return p[n:]
}

func (c *CorkedConn) hold(p []byte) {
	if c.held == nil {
		c.held = buffers.Get().(*buffer)
	}
	c.held.bytes = append(c.held.bytes, p...)
}

// flush sends what is held, and rest, with one system call.
func (c *CorkedConn) flush(rest []byte) (err error) {
	held := c.held
	if len(rest) == 0 {
		_, err = c.TCPConn.Write(held.bytes)
	} else {
		held.parts = [2][]byte{held.bytes, rest}
		held.both = held.parts[:]
		_, err = held.both.WriteTo(c.TCPConn)
		held.parts = [2][]byte{}
	}
	held.bytes, c.held = held.bytes[:0], nil
	buffers.Put(held)
	return err
}

type connKey struct{}

// CorkContext is for http.Server.ConnContext.
func CorkContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// CorkedOf returns the connection of a request; nil if it is none that can be corked, as with TLS.
func CorkedOf(r *http.Request) *CorkedConn {
	c, _ := r.Context().Value(connKey{}).(*CorkedConn)
	return c
}

// Cork announces that the rest of the response is written in one call: size bytes of body.
func (c *CorkedConn) Cork(size int) { c.corked = size >= bufferSize }

// Fields returns an empty buffer for SetFields, which the connection has for all its responses.
func (c *CorkedConn) Fields() []byte { return c.fields[:0] }

// SetFields sets the header fields of the response that has not begun, each a line with its CRLF, beside those of its http.Header. Neither
// may have a field of the other.
func (c *CorkedConn) SetFields(lines []byte) { c.fields = lines }
