package testkit

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

const patience = 10 * time.Second

// Redis is a real redis-server on a free port of loopback, ended with the test. What it holds is lost when it is killed.
type Redis struct {
	Address string
	t       testing.TB
	path    string
	args    []string // before those of every server
	command *exec.Cmd
}

// StartRedis starts one with further arguments, as in "--maxmemory", "4mb", and waits until it answers.
func StartRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	r := &Redis{Address: FreeAddress(t), t: t, path: need(t, "redis-server", "redis-server"), args: args}
	r.Start()
	return r
}

// URL is the redis:// URL.
func (r *Redis) URL() string { return "redis://" + r.Address + "/0" }

// Start starts the server again after Kill.
func (r *Redis) Start() {
	r.t.Helper()
	r.command = startServer(r.t, r.path, r.Address, slices.Concat(r.args, inMemory(r.t))...)
}

// Kill ends the server at once.
func (r *Redis) Kill() {
	_ = r.command.Process.Kill()
	_ = r.command.Wait()
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
