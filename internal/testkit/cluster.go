package testkit

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	clusterMasters = 3
	clusterSlots   = 16384
	// No node takes another for dead while all live, however busy the machine is; KillMaster has them notice soon.
	nodeTimeout     = "120000"
	nodeTimeoutSoon = "1500"
)

// Cluster is a real Redis Cluster on loopback: three masters with a replica each.
type Cluster struct {
	t     testing.TB
	nodes []*clusterNode // masters first
}

type clusterNode struct {
	*Server
	bus    string
	client *redis.Client
}

// StartCluster starts a cluster and waits until every node sees all of it.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for range 2 * clusterMasters {
		c.nodes = append(c.nodes, startNode(t))
	}
	c.join()
	return c
}

func startNode(t testing.TB) *clusterNode {
	t.Helper()
	n := &clusterNode{}
	n.Server = StartServer(t, Program(t, "redis-server", "redis-server"), replies, func(address string) []string {
		n.bus = port(Address(t))
		return redisArguments(t, address, "--cluster-enabled", "yes", "--cluster-port", n.bus, "--cluster-node-timeout", nodeTimeout)
	})
	n.client = redis.NewClient(&redis.Options{Addr: n.Address})
	t.Cleanup(func() { _ = n.client.Close() })
	return n
}

// join makes one cluster of the nodes: they meet, the masters share the slots, and the others follow a master each.
func (c *Cluster) join() {
	c.t.Helper()
	ctx := context.Background()
	for i, n := range c.nodes {
		if i < clusterMasters {
			must(c.t, n.client.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", i*clusterSlots/clusterMasters, (i+1)*clusterSlots/clusterMasters-1).Err())
		}
		must(c.t, c.nodes[0].client.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", port(n.Address), n.bus).Err())
	}
	Until(c.t, "the nodes have met", func() bool { return c.everyNode("cluster_known_nodes:6") })
	for i := range clusterMasters {
		id := c.nodes[i].client.ClusterMyID(ctx).Val()
		must(c.t, c.nodes[clusterMasters+i].client.ClusterReplicate(ctx, id).Err())
	}
	Until(c.t, "the cluster is whole", func() bool { return c.everyNode("cluster_state:ok") && c.synced() })
}

// synced reports whether the replicas have all that their masters have; before that none of them may take over.
func (c *Cluster) synced() bool {
	for _, n := range c.nodes[clusterMasters:] {
		if !strings.Contains(n.client.Info(context.Background(), "replication").Val(), "master_link_status:up") {
			return false
		}
	}
	return true
}

func (c *Cluster) everyNode(reports string) bool {
	for _, n := range c.nodes {
		if !strings.Contains(n.client.ClusterInfo(context.Background()).Val(), reports) {
			return false
		}
	}
	return true
}

// URL returns the redis+cluster:// URL.
func (c *Cluster) URL() string {
	return "redis+cluster://" + strings.Join(c.Nodes(), ",")
}

// Nodes returns the addresses of all nodes, masters first.
func (c *Cluster) Nodes() []string {
	var addresses []string
	for _, n := range c.nodes {
		addresses = append(addresses, n.Address)
	}
	return addresses
}

// KillMaster ends the n-th master. The others notice after 1.5 s, and its replica takes over.
func (c *Cluster) KillMaster(n int) {
	c.noticeSoon()
	c.nodes[n].Kill()
}

// FreezeMaster stops the n-th master without closing its connections; its replica takes over as after KillMaster.
func (c *Cluster) FreezeMaster(n int) {
	c.noticeSoon()
	must(c.t, c.nodes[n].command.Process.Signal(syscall.SIGSTOP))
}

// noticeSoon has the nodes take another for dead after 1.5 s.
func (c *Cluster) noticeSoon() {
	for _, node := range c.nodes {
		if node.alive() {
			must(c.t, node.client.ConfigSet(context.Background(), "cluster-node-timeout", nodeTimeoutSoon).Err())
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
