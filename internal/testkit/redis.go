package testkit

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Redis is a real redis-server on loopback, ended with the test. Kill loses what it stores.
type Redis struct {
	*Server
	t         testing.TB
	path      string
	arguments []string
}

// StartRedis starts a server with further options, as in "--maxmemory", "4mb", and waits until it replies.
func StartRedis(t testing.TB, options ...string) *Redis {
	t.Helper()
	return StartRedisBy(t, []string{Program(t, "redis-server", "redis-server")}, options...)
}

// StartRedisBy starts redis-server through another command, such as env(1): command has its arguments and ends with redis-server.
func StartRedisBy(t testing.TB, command []string, options ...string) *Redis {
	t.Helper()
	r := &Redis{t: t, path: command[0]}
	r.Server = StartServer(t, r.path, replies, func(address string) []string {
		r.arguments = append(slices.Clone(command[1:]), redisArguments(t, address, options...)...)
		return r.arguments
	})
	return r
}

// URL returns the redis:// URL.
func (r *Redis) URL() string { return "redis://" + r.Address + "/0" }

// Start starts the server again after Kill.
func (r *Redis) Start() {
	r.t.Helper()
	r.Server = launch(r.t, r.path, r.Address, r.arguments)
	if !r.await(r.t, replies) {
		r.t.Fatalf("redis-server does not start again:\n%s", r.output())
	}
}

// Freeze stops the process without closing its connections; Thaw lets it go on.
func (r *Redis) Freeze() { r.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (r *Redis) Thaw() { r.signal(syscall.SIGCONT) }

func (r *Redis) signal(s os.Signal) {
	if err := r.command.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// redisArguments are those of a redis-server that keeps its data in memory.
func redisArguments(t testing.TB, address string, more ...string) []string {
	arguments := []string{
		"--bind", "127.0.0.1", "--port", port(address), "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0",
		"--dir", t.TempDir(),
	}
	return append(arguments, more...)
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

// replies reports whether a Redis at an address replies to PING.
func replies(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(c, "PING\r\n")
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.HasPrefix(line, "+PONG")
}
