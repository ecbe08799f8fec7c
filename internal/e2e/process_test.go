package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const patience = testkit.Patience

// binaries is the folder with the commands, built once for all tests, with the race detector if the tests have it.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	defer catchInterrupt()()
	dir, err := os.MkdirTemp("", "gateway-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	args := append([]string{"build", "-o", dir}, raceFlag...)
	build := exec.Command("go", append(args, "../../cmd/gateway", "../../cmd/rocketsim")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	binaries = dir
	return m.Run()
}

// catchInterrupt has SIGINT end the tests, also if a shell has started them in the background with SIGINT ignored: then the commands
// that the tests start would ignore it too.
func catchInterrupt() (stop func()) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		if _, ok := <-interrupted; ok {
			os.Exit(1)
		}
	}()
	return func() {
		signal.Stop(interrupted)
		close(interrupted)
	}
}

// transcript is what a gateway or a command writes while it runs.
type transcript struct {
	t     *testing.T
	ended chan struct{} // closed after the end, once all output is there

	mu      sync.Mutex
	written bytes.Buffer  // guarded by mu: standard output and error
	more    chan struct{} // guarded by mu: closed with the next output
}

func newTranscript(t *testing.T, name string) *transcript {
	p := &transcript{t: t, ended: make(chan struct{}), more: make(chan struct{})}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(excerpt(name, p.text()))
		}
	})
	return p
}

// process is a running command.
type process struct {
	*transcript
	command *exec.Cmd
}

// quickExit spares a binary with the race detector the second that it sleeps before it exits.
const quickExit = "GORACE=atexit_sleep_ms=0"

// start runs a command with no other environment than env.
func start(t *testing.T, name string, env []string, args ...string) *process {
	t.Helper()
	p := &process{newTranscript(t, name), exec.Command(filepath.Join(binaries, name), args...)}
	p.command.Env = append([]string{quickExit}, env...)
	p.command.Stdout, p.command.Stderr = p, p
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.command.Process.Kill()
		<-p.ended
		if _, report, race := strings.Cut(p.text(), "WARNING: DATA RACE"); race {
			t.Errorf("%s has a data race:%.5000s", name, report)
		}
	})
	return p
}

// Write receives what is written.
func (p *transcript) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.more)
	p.more = make(chan struct{})
	return p.written.Write(b)
}

func (p *transcript) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written.String()
}

// await waits for a line of the output for which find returns true, and returns what find makes of it.
func (p *transcript) await(find func(line string) (string, bool)) string {
	p.t.Helper()
	hung := time.After(patience)
	for seen := 0; ; {
		p.mu.Lock()
		text, more := p.written.String(), p.more
		p.mu.Unlock()
		whole := seen + strings.LastIndexByte(text[seen:], '\n') + 1
		for line := range strings.Lines(text[seen:whole]) {
			if found, ok := find(strings.TrimSuffix(line, "\n")); ok {
				return found
			}
		}
		seen = whole
		select {
		case <-more:
		case <-p.ended:
			if p.text() == text {
				p.t.Fatal("the process has ended without the line that the test waits for")
			}
		case <-hung:
			p.t.Fatal("the process does not write the line that the test waits for")
		}
	}
}

// awaitLine waits for a line that has all the words.
func (p *transcript) awaitLine(words ...string) {
	p.t.Helper()
	p.awaitLines(1, words...)
}

// awaitLines waits until so many lines have all the words.
func (p *transcript) awaitLines(n int, words ...string) {
	p.t.Helper()
	p.await(func(line string) (string, bool) {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
			n--
		}
		return line, n == 0
	})
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// status waits for the end and returns the exit status, which is -1 after a signal.
func (p *process) status() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.command.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatal("the process does not end")
		return -1
	}
}

const (
	username = "service@reseller.example"
	password = "correct-horse-battery"
)

// stand starts the simulator in this process, where its counters can be read.
func stand(t *testing.T, change ...func(*rocketsim.Options)) (*rocketsim.Server, string) {
	t.Helper()
	sim := simulator(change...)
	return sim, listen(t, sim)
}

func simulator(change ...func(*rocketsim.Options)) *rocketsim.Server {
	o := rocketsim.Options{Username: username, Password: password, Customers: 20}
	for _, f := range change {
		f(&o)
	}
	return rocketsim.New(o)
}

// listen serves a Rocket until the end of the test, and returns its ROCKET_URL.
func listen(t *testing.T, rocket http.Handler) string {
	t.Helper()
	server := httptest.NewServer(rocket)
	t.Cleanup(server.Close)
	return server.URL + "/rocketsvc"
}

type reply struct {
	*http.Response
	body string
}

// get sends one request, and fails the test if there is no response at all.
func get(t *testing.T, url string) reply {
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
	return reply{resp, string(b)}
}

func (a reply) want(t *testing.T, status int, cacheStatus string) {
	t.Helper()
	if got := a.Header.Get("Cache-Status"); a.StatusCode != status || !strings.HasPrefix(got, "rocket-gateway; "+cacheStatus) {
		t.Errorf("%d %q, want %d %q: %.200s", a.StatusCode, got, status, cacheStatus, a.body)
	}
}

// syncFlag is set once.
type syncFlag struct{ on atomic.Bool }

func (f *syncFlag) set() { f.on.Store(true) }

// standBehind starts a simulator that responds with 503 alone once gone is set.
func standBehind(t *testing.T, gone *syncFlag) (*rocketsim.Server, string) {
	t.Helper()
	sim := simulator()
	return sim, listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.on.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		sim.ServeHTTP(w, r)
	}))
}
