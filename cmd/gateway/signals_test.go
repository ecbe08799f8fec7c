package main_test

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// wantKilled waits for the end of a process that a signal ended at once.
func (p *process) wantKilled(within time.Duration) {
	p.t.Helper()
	begun := time.Now()
	p.status()
	if took := time.Since(begun); took > within {
		p.t.Errorf("it took %s to end at once", took)
	}
	if status, ok := p.command.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		p.t.Errorf("it ended with %s, not by the signal", p.command.ProcessState)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Latency = 4 * time.Second })
	for _, tt := range []struct {
		during string
		env    []string
		asked  bool // a request is in flight
		second syscall.Signal
	}{
		{"the delay", []string{"SHUTDOWN_DELAY=1h"}, false, syscall.SIGTERM},
		{"the delay, by Ctrl-C", []string{"SHUTDOWN_DELAY=1h"}, false, syscall.SIGINT},
		{"the end of requests", []string{"SHUTDOWN_TIMEOUT=1h"}, true, syscall.SIGTERM},
	} {
		t.Run(tt.during, func(t *testing.T) {
			g := serve(t, rocket, tt.env...)
			if tt.asked {
				w := dial(t, g)
				_, _ = w.Write([]byte("GET " + question + " HTTP/1.1\r\nHost: x\r\n\r\n"))
				time.Sleep(200 * time.Millisecond)
			}
			g.signal(syscall.SIGTERM)
			g.awaitDrain()
			if tt.asked {
				time.Sleep(100 * time.Millisecond)
			}
			g.signal(tt.second)
			g.wantKilled(2 * time.Second)
		})
	}
}

// A terminal and a supervisor may both pass on one order to end. That is no second one.
func TestOneOrderThatComesTwiceLosesNothing(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Latency = time.Second })
	for range 20 {
		g := serve(t, rocket)
		answered := make(chan answer, 1)
		go func() { answered <- get(t, g.api+question) }()
		time.Sleep(200 * time.Millisecond)
		begun := time.Now()
		g.signal(syscall.SIGTERM)
		g.signal(syscall.SIGINT)
		if took := time.Since(begun); took > 5*time.Millisecond {
			t.Logf("the machine took %s to send both: once more", took)
			_ = g.command.Process.Kill()
			continue
		}
		if status := g.status(); status != 0 {
			t.Errorf("exit status %d, want 0", status)
		}
		if a := <-answered; a.StatusCode != 200 {
			t.Errorf("the request in flight got %d", a.StatusCode)
		}
		return
	}
	t.Fatal("the machine is too slow for this test")
}

// With everything away that can be, the first signal ends the process in its time all the same.
func TestASignalEndsAProcessThatHasNotGotReady(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	away := silent.Addr().String()
	for _, moment := range []string{`"serving"`, "cannot be read"} {
		g := start(t, "gateway", []string{
			"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL=http://" + away, "ROCKET_USERNAME=u", "ROCKET_PASSWORD=p",
			"REDIS_URL=redis://" + away, "AUTH_JWKS_URL=http://" + away + "/keys", "SHUTDOWN_DELAY=100ms", "SHUTDOWN_TIMEOUT=2s",
		}, "serve")
		g.await(func(line string) (string, bool) { return line, strings.Contains(line, moment) })
		begun := time.Now()
		g.stop()
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("after %s it took %s to end", moment, took)
		}
	}
}
