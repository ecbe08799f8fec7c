package testkit

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
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
	command *exec.Cmd
}

// StartRedis starts one and waits until it answers.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	r := &Redis{Address: FreeAddress(t), t: t, path: need(t, "redis-server", "redis-server")}
	r.Start()
	t.Cleanup(r.Kill)
	return r
}

// URL is the redis:// URL.
func (r *Redis) URL() string { return "redis://" + r.Address + "/0" }

// Start starts the server again after Kill.
func (r *Redis) Start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.Address)
	r.command = exec.Command(r.path,
		"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	if err := r.command.Start(); err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; {
		if r.answers() {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal("redis-server does not answer")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *Redis) answers() bool {
	c, err := net.DialTimeout("tcp", r.Address, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(c, "PING\r\n")
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.HasPrefix(line, "+PONG")
}

// Kill ends the server at once.
func (r *Redis) Kill() {
	if r.command != nil {
		_ = r.command.Process.Kill()
		_ = r.command.Wait()
		r.command = nil
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

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
