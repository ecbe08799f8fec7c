package fleet

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// node is one server of Redis as its connections show it.
type node struct {
	address string
	monitor *Monitor

	mu       sync.Mutex
	down     bool           // guarded by mu
	progress time.Time      // guarded by mu: when it sent a byte last
	sent     int            // guarded by mu: bytes under way to it, on all connections
	conns    map[*conn]bool // guarded by mu: the open ones
}

// observe returns a connection whose traffic is evidence for or against the node.
func (n *node) observe(c net.Conn) net.Conn {
	observed := &conn{Conn: c, node: n}
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

// limit returns when a reply that is awaited since start is overdue, unless the node sends something before.
func (n *node) limit(start time.Time) time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.progress.After(start) {
		start = n.progress
	}
	transfer := time.Duration(n.sent) * time.Second / slowestLink
	return start.Add(silence + min(transfer, maxTransfer))
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
	n.progress = n.monitor.now()
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
