package e2e_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// gateway is a gateway that serves, in this process or as a `gateway serve`.
type gateway struct {
	*transcript
	runner
	api, admin string
}

// runner is what a gateway runs in.
type runner interface {
	signal(s os.Signal)
	status() int
}

func settings(rocket string, env []string) []string {
	return append([]string{
		"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL=" + rocket, "ROCKET_USERNAME=" + username, "ROCKET_PASSWORD=" + password,
		"AUTH_MODE=none", "SHUTDOWN_DELAY=0s",
	}, env...)
}

// serve starts a gateway in this process, on free ports in front of rocket.
func serve(t *testing.T, rocket string, env ...string) *gateway {
	t.Helper()
	return serveAt(t, time.Now, rocket, env...)
}

// serveAt does so with another clock for periods and freshness.
func serveAt(t *testing.T, now func() time.Time, rocket string, env ...string) *gateway {
	t.Helper()
	out := newTranscript(t, "gateway")
	a, err := app.New(app.Options{
		Environ: settings(rocket, env), Version: "(test)", Now: now,
		Logger: func(_ *config.Config, level slog.Leveler) *slog.Logger {
			return telemetry.NewLogger(out, level, telemetry.JSON)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	run := &inProcess{app: a, transcript: out, end: end}
	go func() {
		run.err = a.Run(ctx)
		close(out.ended)
	}()
	t.Cleanup(func() {
		end()
		<-out.ended
	})
	return serving(&gateway{transcript: out, runner: run}, env)
}

// serveProcess starts a gateway as a process, which signals can end.
func serveProcess(t *testing.T, rocket string, env ...string) *gateway {
	t.Helper()
	return serveBinary(t, "gateway", rocket, env...)
}

// serveBinary does so with another of the binaries.
func serveBinary(t *testing.T, name, rocket string, env ...string) *gateway {
	t.Helper()
	p := start(t, name, settings(rocket, env), "serve")
	return serving(&gateway{transcript: p.transcript, runner: p}, env)
}

// serving waits until the gateway serves.
func serving(g *gateway, env []string) *gateway {
	g.t.Helper()
	scheme := "http://"
	if strings.Contains(strings.Join(env, " "), "TLS_CERT_FILE") {
		scheme = "https://"
	}
	g.await(func(line string) (string, bool) {
		var said struct{ Msg, API, Admin string }
		if json.Unmarshal([]byte(line), &said) != nil || said.Msg != "serving" {
			return "", false
		}
		g.api, g.admin = scheme+said.API, "http://"+said.Admin
		return line, true
	})
	return g
}

func (g *gateway) stop() {
	g.t.Helper()
	stop(g.t, g)
}

// stop ends a gateway or a command as an operator would.
func stop(t *testing.T, r runner) {
	t.Helper()
	r.signal(syscall.SIGTERM)
	if status := r.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}

// process returns the process that the gateway is.
func (g *gateway) process() *process { return g.runner.(*process) }

// inProcess is an App. Its signals are what the command serve does at them.
type inProcess struct {
	*transcript
	app *app.App
	end context.CancelFunc
	err error // of Run, after it has ended
}

func (r *inProcess) signal(s os.Signal) {
	switch s {
	case syscall.SIGTERM, syscall.SIGINT:
		r.end()
	case syscall.SIGHUP:
		r.app.Reload()
	default:
		r.t.Fatalf("%s needs a process", s)
	}
}

// status waits for the end and returns the exit status.
func (r *inProcess) status() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.t.Fatal("the gateway does not end")
	}
	if r.err != nil {
		return 1
	}
	return 0
}
