package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	sentinels = 3
	// No Sentinel takes the master for dead while it lives, however busy the machine is; KillMaster has them notice soon.
	downAfter     = "120000"
	downAfterSoon = "1000"
)

// Sentinel is a real Redis on loopback under the watch of Sentinels: a master, a replica, and three Sentinels.
type Sentinel struct {
	t               testing.TB
	sentinels       []*Server
	master, replica *Server
}

// StartSentinel starts all and waits until the Sentinels know one another and the replica.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	path := Program(t, "redis-server", "redis-server")
	s := &Sentinel{t: t}
	s.master = StartServer(t, path, replies, func(address string) []string { return redisArguments(t, address) })
	master := port(s.master.Address)
	s.replica = StartServer(t, path, replies, func(address string) []string {
		return redisArguments(t, address, "--replicaof", "127.0.0.1 "+master)
	})
	for range sentinels {
		s.sentinels = append(s.sentinels, StartServer(t, path, replies, func(address string) []string {
			return []string{sentinelFile(t, master), "--sentinel", "--bind", "127.0.0.1", "--port", port(address)}
		}))
	}
	s.each(func(client *redis.SentinelClient) {
		Until(t, "the Sentinels know one another", func() bool {
			state := client.Master(context.Background(), "main").Val()
			return state["num-other-sentinels"] == fmt.Sprint(sentinels-1) && state["num-slaves"] == "1"
		})
	})
	return s
}

// sentinelFile writes a configuration for one Sentinel, which rewrites it.
func sentinelFile(t testing.TB, masterPort string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(file, []byte(strings.Join([]string{
		"sentinel monitor main 127.0.0.1 " + masterPort + " 2",
		"sentinel down-after-milliseconds main " + downAfter,
		"sentinel failover-timeout main 3000",
		"",
	}, "\n")), 0o600))
	return file
}

func (s *Sentinel) each(do func(client *redis.SentinelClient)) {
	for _, sentinel := range s.sentinels {
		client := redis.NewSentinelClient(&redis.Options{Addr: sentinel.Address})
		do(client)
		_ = client.Close()
	}
}

// URL returns the redis+sentinel:// URL.
func (s *Sentinel) URL() string {
	return "redis+sentinel://" + strings.Join(s.Sentinels(), ",") + "/main"
}

// Nodes returns the addresses of the servers that hold data, the first master first.
func (s *Sentinel) Nodes() []string { return []string{s.master.Address, s.replica.Address} }

// Sentinels returns the addresses of the Sentinels.
func (s *Sentinel) Sentinels() []string {
	var addresses []string
	for _, sentinel := range s.sentinels {
		addresses = append(addresses, sentinel.Address)
	}
	return addresses
}

// KillMaster ends the master. The Sentinels notice after a second and promote the replica.
func (s *Sentinel) KillMaster() {
	s.each(func(client *redis.SentinelClient) {
		must(s.t, client.Set(context.Background(), "main", "down-after-milliseconds", downAfterSoon).Err())
	})
	s.master.Kill()
}
