package testkit

import (
	"context"
	"net"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	clusterMasters = 3
	clusterSlots   = 16384
)

// Cluster is a real Redis Cluster on loopback: three masters with a replica each.
type Cluster struct {
	addresses []string // masters first
	commands  []*exec.Cmd
}

// StartCluster starts one and waits until every node sees it whole.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	path := need(t, "redis-server", "redis-server")
	c := &Cluster{}
	var buses []string
	var nodes []*redis.Client
	for range 2 * clusterMasters {
		address, bus := FreeAddress(t), port(FreeAddress(t))
		args := append(inMemory(t), "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "1500")
		c.commands = append(c.commands, startServer(t, path, address, args...))
		c.addresses, buses = append(c.addresses, address), append(buses, bus)
		node := redis.NewClient(&redis.Options{Addr: address})
		t.Cleanup(func() { _ = node.Close() })
		nodes = append(nodes, node)
	}
	c.join(t, nodes, buses)
	return c
}

// join makes one cluster of the nodes: they meet, the masters share the slots, and the others follow a master each.
func (c *Cluster) join(t testing.TB, nodes []*redis.Client, buses []string) {
	t.Helper()
	ctx := context.Background()
	for i, n := range nodes {
		if i < clusterMasters {
			must(t, n.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", i*clusterSlots/clusterMasters, (i+1)*clusterSlots/clusterMasters-1).Err())
		}
		must(t, nodes[0].Do(ctx, "CLUSTER", "MEET", "127.0.0.1", port(c.addresses[i]), buses[i]).Err())
	}
	until(t, "the nodes to meet", func() bool { return everyNode(nodes, "cluster_known_nodes:6") })
	for i := range clusterMasters {
		id := nodes[i].ClusterMyID(ctx).Val()
		must(t, nodes[clusterMasters+i].ClusterReplicate(ctx, id).Err())
	}
	until(t, "the cluster to be whole", func() bool {
		return everyNode(nodes, "cluster_state:ok") && synced(nodes[clusterMasters:])
	})
}

// synced says whether the replicas have all that their masters have; before that none of them may take over.
func synced(replicas []*redis.Client) bool {
	for _, r := range replicas {
		if !strings.Contains(r.Info(context.Background(), "replication").Val(), "master_link_status:up") {
			return false
		}
	}
	return true
}

func everyNode(nodes []*redis.Client, says string) bool {
	for _, n := range nodes {
		if !strings.Contains(n.ClusterInfo(context.Background()).Val(), says) {
			return false
		}
	}
	return true
}

// URL is the redis+cluster:// URL.
func (c *Cluster) URL() string { return "redis+cluster://" + strings.Join(c.addresses, ",") }

// KillMaster ends the n-th master; its replica takes over within seconds.
func (c *Cluster) KillMaster(n int) {
	_ = c.commands[n].Process.Kill()
	_ = c.commands[n].Wait()
}

// FreezeMaster stops the n-th master without closing its connections; its replica takes over within seconds.
func (c *Cluster) FreezeMaster(n int) {
	_ = c.commands[n].Process.Signal(syscall.SIGSTOP)
}

// Nodes returns the addresses of all nodes, masters first.
func (c *Cluster) Nodes() []string { return slices.Clone(c.addresses) }

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
