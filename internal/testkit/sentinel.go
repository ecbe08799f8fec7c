package testkit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const sentinels = 3

// Sentinel is a real Redis on loopback that Sentinels watch: a master, a replica, and three of them.
type Sentinel struct {
	addresses []string // of the Sentinels
	servers   []string // addresses of the master and the replica
	master    *exec.Cmd
}

// StartSentinel starts all and waits until the Sentinels know one another and the replica.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	path := need(t, "redis-server", "redis-server")
	master, replica := FreeAddress(t), FreeAddress(t)
	s := &Sentinel{servers: []string{master, replica}, master: startServer(t, path, master, inMemory(t)...)}
	startServer(t, path, replica, append(inMemory(t), "--replicaof", "127.0.0.1 "+port(master))...)
	for range sentinels {
		address := FreeAddress(t)
		startServer(t, path, address, sentinelFile(t, port(master)), "--sentinel")
		s.addresses = append(s.addresses, address)
	}
	for _, address := range s.addresses {
		client := redis.NewSentinelClient(&redis.Options{Addr: address})
		until(t, "the Sentinels to know one another", func() bool {
			state := client.Master(context.Background(), "main").Val()
			return state["num-other-sentinels"] == fmt.Sprint(sentinels-1) && state["num-slaves"] == "1"
		})
		_ = client.Close()
	}
	return s
}

// sentinelFile is a configuration of its own: a Sentinel rewrites it.
func sentinelFile(t testing.TB, masterPort string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(file, []byte(strings.Join([]string{
		"sentinel monitor main 127.0.0.1 " + masterPort + " 2",
		"sentinel down-after-milliseconds main 1000",
		"sentinel failover-timeout main 3000",
		"",
	}, "\n")), 0o600))
	return file
}

// URL is the redis+sentinel:// URL.
func (s *Sentinel) URL() string {
	return "redis+sentinel://" + strings.Join(s.addresses, ",") + "/main"
}

// KillMaster ends the master; the Sentinels promote the replica within seconds.
func (s *Sentinel) KillMaster() {
	_ = s.master.Process.Kill()
	_ = s.master.Wait()
}

// Nodes returns the addresses of the servers that hold data, the first master first.
func (s *Sentinel) Nodes() []string { return slices.Clone(s.servers) }

// Sentinels returns the addresses of the Sentinels.
func (s *Sentinel) Sentinels() []string { return slices.Clone(s.addresses) }
