package fleet

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const probeInterval = 500 * time.Millisecond

// Time is counted in slices by timers of our own. A timer that fires late, because this process stood still or had no processor, counts
// as one slice all the same: what Redis sent meanwhile is read in the next.
const (
	slice       = 50 * time.Millisecond
	silence     = 500 * time.Millisecond // a node that owes a reply and sends nothing for so long is unavailable
	slowestLink = 2 << 20                // bytes per second: what is under way to a node counts as progress at this rate
	maxTransfer = 5 * time.Second        // and for no longer than this
)

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// Monitor observes the connections to the nodes of Redis and knows which nodes are available. A node is unavailable if it refuses a
// connection, or if it owes a reply and sends no byte on any connection for half a second; it is available again with the
// first byte that it sends. Neither a number of failures nor an idle connection nor a wait of our own is evidence.
type Monitor struct {
	log *slog.Logger

	mu      sync.Mutex
	nodes   map[string]*node // guarded by mu, by address
	current *node            // guarded by mu: dialed last
	wake    chan struct{}    // receives a value when a node becomes unavailable
}

// NewMonitor returns a Monitor that knows no node yet.
func NewMonitor(log *slog.Logger) *Monitor {
	return &Monitor{log: log, nodes: map[string]*node{}, wake: make(chan struct{}, 1)}
}

// Dialer returns a dialer whose connections the Monitor observes.
func (m *Monitor) Dialer(dial DialFunc) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		n := m.dialing(address)
		limited, giveUp := context.WithCancelCause(ctx)
		defer giveUp(nil)
		dialed := make(chan struct{})
		defer close(dialed)
		go n.watch(dialed, func() { giveUp(errSilent) })
		c, err := dial(limited, network, address)
		if err != nil {
			if ctx.Err() == nil {
				n.fail(cmp.Or(context.Cause(limited), err))
			}
			return nil, err
		}
		return n.observe(c), nil
	}
}

// dialing returns the node of an address, which becomes the current one.
func (m *Monitor) dialing(address string) *node {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.nodes[address]
	if n == nil {
		n = &node{address: address, monitor: m, conns: map[*conn]bool{}}
		m.nodes[address] = n
	}
	m.current = n
	return n
}

// available reports whether the node at an address, or without one the node that was dialed last, is available; a node that was never
// dialed is.
func (m *Monitor) available(address string) bool {
	m.mu.Lock()
	n := m.current
	if address != "" {
		n = m.nodes[address]
	}
	m.mu.Unlock()
	return n == nil || !n.unavailable()
}

// unavailable returns the addresses of the nodes that are not available, and reports whether those are all.
func (m *Monitor) unavailable() (addresses []string, all bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for address, n := range m.nodes {
		if n.unavailable() {
			addresses = append(addresses, address)
		}
	}
	return addresses, len(m.nodes) > 0 && len(addresses) == len(m.nodes)
}

// forget removes nodes that Redis does not name any more.
func (m *Monitor) forget(addresses []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, address := range addresses {
		if m.nodes[address] == m.current {
			m.current = nil
		}
		delete(m.nodes, address)
	}
}

// probe probes unavailable nodes until they reply, and follows a failover to the nodes that replace them. It runs until ctx ends.
func (m *Monitor) probe(ctx context.Context, client redis.UniversalClient) {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if addresses, _ := m.unavailable(); len(addresses) > 0 {
			m.ping(ctx, client, addresses)
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-m.wake:
			ticker.Reset(probeInterval)
		}
	}
}

// ping makes every node that Redis names now reply, which the Monitor sees, and forgets the other unavailable ones.
func (m *Monitor) ping(ctx context.Context, client redis.UniversalClient, unavailable []string) {
	ctx, cancel := context.WithTimeout(ctx, 2*silence)
	defer cancel()
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		if client.Ping(ctx).Err() == nil {
			m.forget(unavailable) // the client uses others
		}
		return
	}
	cluster.ReloadState(ctx)
	var mu sync.Mutex
	var named []string
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		mu.Lock()
		named = append(named, node.Options().Addr)
		mu.Unlock()
		_ = node.Ping(ctx).Err() // what counts are the bytes
		return nil
	})
	if err == nil {
		m.forget(slices.DeleteFunc(unavailable, func(a string) bool { return slices.Contains(named, a) }))
	}
}
