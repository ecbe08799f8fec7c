package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// wantKilled waits for the end of a process that a signal ended.
func (p *process) wantKilled() {
	p.t.Helper()
	p.status()
	if status, ok := p.command.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		p.t.Errorf("it ended with %s, not by the signal", p.command.ProcessState)
	}
}

// A second signal ends the process, whatever it waits for. Nothing else would: all it waits for takes an hour.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	for _, tt := range []struct {
		during string
		env    []string
		asked  bool // a request is in flight
		second syscall.Signal
	}{
		{"the delay", []string{endlessDelay}, false, syscall.SIGTERM},
		{"the delay, by Ctrl-C", []string{endlessDelay}, false, syscall.SIGINT},
		{"the end of requests", []string{"SHUTDOWN_TIMEOUT=1h", "ROCKET_TIMEOUT=1h"}, true, syscall.SIGTERM},
	} {
		t.Run(tt.during, func(t *testing.T) {
			g := serveProcess(t, url, tt.env...)
			if tt.asked {
				_, _ = dial(t, g).Write([]byte("GET " + usagesPath + " HTTP/1.1\r\nHost: x\r\n\r\n"))
				rocket.awaitPosts(t, 1)
			}
			g.signal(syscall.SIGTERM)
			g.awaitDrain()
			if tt.asked {
				testkit.Until(t, "the listener is closed", func() bool { return !accepts(g) })
			}
			g.signal(tt.second)
			g.process().wantKilled()
		})
	}
}

// A terminal and a supervisor may both pass on one order to end. That is no second one. A process that is stopped gets both at
// the same time when it goes on.
func TestOneOrderThatComesTwiceLosesNothing(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	g := serveProcess(t, url, "SHUTDOWN_TIMEOUT=1h")
	responded := make(chan int, 1)
	go func() { responded <- get(t, g.api+usagesPath).StatusCode }()
	rocket.awaitPosts(t, 1)
	g.signal(syscall.SIGSTOP)
	testkit.Until(t, "the gateway is stopped", g.process().stopped)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGCONT} {
		g.signal(s)
	}
	g.awaitDrain()
	rocket.open()
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	if status := <-responded; status != http.StatusOK {
		t.Errorf("the request in flight got %d", status)
	}
}

// stopped reports whether SIGSTOP has stopped all threads of the process.
func (p *process) stopped() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.command.Process.Pid))
	return !slices.ContainsFunc(threads, func(thread string) bool {
		state, err := os.ReadFile(thread)
		return err == nil && !strings.Contains(string(state), ") T ")
	})
}

// With everything away that can be, the first signal ends the process all the same.
func TestASignalEndsAProcessThatHasNotGotReady(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts connections and sends nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	away := silent.Addr().String()
	for _, moment := range []string{`"serving"`, "keys not read"} {
		t.Run(strings.Trim(moment, `"`), func(t *testing.T) {
			t.Parallel()
			g := start(t, "gateway", []string{
				"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL=http://" + away, "ROCKET_USERNAME=u", "ROCKET_PASSWORD=p",
				"REDIS_URL=redis://" + away, "AUTH_JWKS_URL=http://" + away + "/keys", "SHUTDOWN_DELAY=100ms", "SHUTDOWN_TIMEOUT=2s",
			}, "serve")
			g.awaitLine(moment)
			stop(t, g)
		})
	}
}
