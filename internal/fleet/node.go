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
