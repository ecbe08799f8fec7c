package fleet

import (
	"cmp"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// node is one server of Redis as its connections show it.
type node struct {
	address string
	monitor *Monitor

	mu       sync.Mutex
	down     bool           // guarded by mu
	received uint64         // guarded by mu: how often it sent something
	sent     int            // guarded by mu: bytes under way to it, on all connections
	conns    map[*conn]bool // guarded by mu: the open ones
}

// silentNode counts the slices in which a node that is awaited sends nothing.
type silentNode struct {
	*node
	seen   uint64
	slices int
}

// await begins to count.
func (n *node) await() silentNode {
	n.mu.Lock()
	defer n.mu.Unlock()
	return silentNode{node: n, seen: n.received}
}

// overdue counts a slice, and reports whether the node has been silent for too long.
func (s *silentNode) overdue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen != s.received {
		s.seen, s.slices = s.received, 0
		return false
	}
	s.slices++
	transfer := time.Duration(s.sent) * time.Second / slowestLink
	return time.Duration(s.slices)*slice >= silence+min(transfer, maxTransfer)
}

// watch calls giveUp if the node is silent for too long before done is closed.
func (n *node) watch(done <-chan struct{}, giveUp func()) {
	awaited := n.await()
	timer := time.NewTimer(slice)
	defer timer.Stop()
	for {
		select {
		case <-done:
			return
		case <-timer.C:
		}
		if awaited.overdue() {
			giveUp()
			return
		}
		timer.Reset(slice)
	}
}

// observe returns a connection whose traffic is evidence for or against the node.
func (n *node) observe(c net.Conn) net.Conn {
	observed := &conn{Conn: c, node: n, opened: time.Now()}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[observed] = true
	if socket, ok := c.(syscall.Conn); ok {
		return &socketConn{observed, socket}
	}
	return observed
}

func (n *node) unavailable() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down
}

// send records bytes that are under way to the node.
func (n *node) send(bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent += bytes
}

// receive records that the node sent something: it is available. The bytes under way on that connection have arrived.
func (n *node) receive(arrived int) {
	n.mu.Lock()
	n.received++
	n.sent -= arrived
	wasDown := n.down
	n.down = false
	n.mu.Unlock()
	if wasDown {
		n.monitor.log.Info("redis available again", "node", n.address)
	}
}

// fail makes the node unavailable and closes its connections, so that no command waits on them any longer.
func (n *node) fail(cause error) {
	n.mu.Lock()
	wasDown := n.down
	n.down = true
	conns := n.conns
	n.conns = map[*conn]bool{}
	n.mu.Unlock()
	for c := range conns {
		_ = c.Conn.Close()
	}
	if !wasDown {
		n.monitor.log.Warn("redis unavailable, continuing with memory and Rocket", "node", n.address, "error", cause)
	}
	select {
	case n.monitor.wake <- struct{}{}:
	default:
	}
}

// remove forgets a closed connection and the bytes under way on it.
func (n *node) remove(c *conn, pending int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
	n.sent -= pending
}

// chunk is how much is written at a time, so that a slow link shows progress.
const chunk = 64 << 10

var errSilent = errors.New("no reply in time")

// conn is a connection to a node. A read that has a deadline awaits a reply; one without waits for messages, and its silence is no
// evidence. As with go-redis's connections, one goroutine reads and one writes.
type conn struct {
	net.Conn
	node *node

	opened                      time.Time
	readDeadline, writeDeadline atomic.Int64 // of the caller, in nanoseconds since it was opened; 0: none
	pending                     atomic.Int64 // bytes sent since the last reply
}

// socketConn lets go-redis check whether an idle connection has been closed.
type socketConn struct {
	*conn
	syscall.Conn
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets the caller's deadline of the reads to come, which is no evidence when it passes.
func (c *conn) SetReadDeadline(t time.Time) error {
	return c.setDeadline(&c.readDeadline, t, c.Conn.SetReadDeadline)
}

// SetWriteDeadline sets the caller's deadline of the writes to come.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(&c.writeDeadline, t, c.Conn.SetWriteDeadline)
}

// setDeadline records a caller's deadline. An operation that has one sets that of its slice itself.
func (c *conn) setDeadline(caller *atomic.Int64, t time.Time, set func(time.Time) error) error {
	if t.IsZero() {
		if caller.Swap(0) == 0 {
			return nil
		}
		return set(t)
	}
	caller.Store(cmp.Or(int64(t.Sub(c.opened)), -1))
	return nil
}

// Read reads what the node sends. It fails if the node is silent for too long, or at the caller's deadline.
func (c *conn) Read(p []byte) (n int, err error) {
	err = c.whileProgressing(&c.readDeadline, c.Conn.SetReadDeadline, func() error {
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
		err = c.whileProgressing(&c.writeDeadline, c.Conn.SetWriteDeadline, func() error {
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
func (c *conn) whileProgressing(deadline *atomic.Int64, set func(time.Time) error, operation func() error) error {
	since := time.Duration(deadline.Load())
	if since == 0 {
		return operation()
	}
	caller, awaited, pending := c.opened.Add(since), c.node.await(), c.pending.Load()
	for {
		limit := time.Now().Add(slice)
		if caller.Before(limit) {
			limit = caller
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

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// Close closes the connection.
func (c *conn) Close() error {
	c.node.remove(c, int(c.pending.Swap(0)))
	return c.Conn.Close()
}
