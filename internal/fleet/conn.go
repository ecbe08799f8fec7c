package fleet

import (
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// chunk is how much is written at a time, so that a slow link shows progress.
const chunk = 64 << 10

var errSilent = errors.New("no reply in time")

// conn is a connection to a node. A read that has a deadline awaits a reply; one without waits for messages, and its silence is no
// evidence. As with go-redis's connections, one goroutine reads and one writes.
type conn struct {
	net.Conn
	node *node

	readDeadline, writeDeadline atomic.Pointer[time.Time] // of the caller; nil: none
	pending                     atomic.Int64              // bytes sent since the last reply
}

// socketConn lets go-redis look whether an idle connection has been closed.
type socketConn struct {
	*conn
	syscall.Conn
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets the caller's deadline, which is no evidence when it passes.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.readDeadline.Store(deadline(t))
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline sets the caller's deadline.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline.Store(deadline(t))
	return c.Conn.SetWriteDeadline(t)
}

func deadline(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Read reads what the node sends. It fails if the node is silent for too long, or at the caller's deadline.
func (c *conn) Read(p []byte) (n int, err error) {
	err = c.whileProgressing(c.readDeadline.Load(), c.Conn.SetReadDeadline, func() error {
		n, err = c.Conn.Read(p)
		return err
	})
	if n > 0 {
		c.node.receive(int(c.pending.Swap(0)))
	}
	return n, err
}

// Write writes in chunks. It fails if the node takes nothing for too long, or at the caller's deadline.
func (c *conn) Write(p []byte) (written int, err error) {
	for written < len(p) && err == nil {
		err = c.whileProgressing(c.writeDeadline.Load(), c.Conn.SetWriteDeadline, func() error {
			n, err := c.Conn.Write(p[written:min(len(p), written+chunk)])
			written += n
			c.pending.Add(int64(n))
			c.node.send(n)
			return err
		})
	}
	return written, err
}

// whileProgressing runs an operation in slices of time, until it ends, the caller's deadline passes, or the node is silent for too
// long. What was written counts as progress.
func (c *conn) whileProgressing(caller *time.Time, set func(time.Time) error, operation func() error) error {
	if caller == nil {
		return operation()
	}
	awaited, pending := c.node.await(), c.pending.Load()
	for {
		limit := time.Now().Add(slice)
		if caller.Before(limit) {
			limit = *caller
		}
		if err := set(limit); err != nil {
			return err
		}
		err := operation()
		if err == nil || !timedOut(err) || !caller.After(time.Now()) {
			return err
		}
		if now := c.pending.Load(); now > pending {
			awaited, pending = c.node.await(), now
		} else if awaited.overdue() {
			c.node.fail(errSilent)
			return err
		}
	}
}

// Close closes the connection.
func (c *conn) Close() error {
	c.node.remove(c, int(c.pending.Swap(0)))
	return c.Conn.Close()
}
