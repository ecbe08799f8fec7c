package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

const patience = 20 * time.Second

// binaries is the folder with the commands, built once for all tests, with the race detector where the tests have it.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gateway-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	args := append([]string{"build", "-o", dir}, raceFlag...)
	build := exec.Command("go", append(args, ".", "../rocketsim")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	binaries = dir
	return m.Run()
}

// process is a command that runs.
type process struct {
	t       *testing.T
	command *exec.Cmd
	ended   chan struct{} // closed once it has ended
	err     error         // of Wait, once it has ended

	mu     sync.Mutex
	output bytes.Buffer // guarded by mu: standard output and error
}

// start runs a command with no more of an environment than given.
func start(t *testing.T, name string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.Command(filepath.Join(binaries, name), args...), ended: make(chan struct{})}
	p.command.Env = env
	p.command.Stdout, p.command.Stderr = p, p
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.command.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, p.text())
		}
		if strings.Contains(p.text(), "DATA RACE") {
			t.Errorf("%s has a race:\n%s", name, p.text())
		}
	})
	return p
}

// Write takes what the process says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// await waits for a line that find likes, and gives what find makes of it.
func (p *process) await(find func(line string) (string, bool)) string {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		lines := bufio.NewScanner(strings.NewReader(p.text()))
		for lines.Scan() {
			if found, ok := find(lines.Text()); ok {
				return found
			}
		}
	}
	p.t.Fatalf("it never said what was waited for, but:\n%s", p.text())
	return ""
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// status waits for the end and gives the exit status.
func (p *process) status() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.command.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatal("it does not end")
		return -1
	}
}

// stop ends the process as an operator would.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if status := p.status(); status != 0 {
		p.t.Errorf("exit status %d, want 0", status)
	}
}

// gateway is a `gateway serve` that answers.
type gateway struct {
	*process
	api, admin string
}

// serve starts one on free ports in front of rocket.
func serve(t *testing.T, rocket string, env ...string) *gateway {
	t.Helper()
	all := append([]string{
		"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL=" + rocket, "ROCKET_USERNAME=" + username, "ROCKET_PASSWORD=" + password,
		"AUTH_MODE=none", "SHUTDOWN_DELAY=0s",
	}, env...)
	g := &gateway{process: start(t, "gateway", all, "serve")}
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

const (
	username = "service@reseller.example"
	password = "correct-horse-battery"
)

// stand starts the stand-in in this process, where its counters can be read.
func stand(t *testing.T, change ...func(*rocketsim.Options)) (*rocketsim.Server, string) {
	t.Helper()
	o := rocketsim.Options{Username: username, Password: password, Customers: 20}
	for _, f := range change {
		f(&o)
	}
	sim := rocketsim.New(o)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, server.URL + "/rocketsvc"
}

type answer struct {
	*http.Response
	body string
}

// get asks once, and fails the test where there is no answer at all.
func get(t *testing.T, url string) answer {
	t.Helper()
	client := http.Client{Timeout: patience}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(b)}
}

func (a answer) want(t *testing.T, status int, cacheStatus string) {
	t.Helper()
	if got := a.Header.Get("Cache-Status"); a.StatusCode != status || !strings.HasPrefix(got, "rocket-gateway; "+cacheStatus) {
		t.Errorf("%d %q, want %d %q: %.200s", a.StatusCode, got, status, cacheStatus, a.body)
	}
}

// syncFlag is set once.
type syncFlag struct{ on atomic.Bool }

func (f *syncFlag) set() { f.on.Store(true) }

// standBehind is a stand-in that answers 503 alone once gone is set.
func standBehind(t *testing.T, gone *syncFlag) (*rocketsim.Server, string) {
	t.Helper()
	sim := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 20})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.on.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return sim, server.URL + "/rocketsvc"
}
