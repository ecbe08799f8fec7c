package cli

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"testing/fstest"
)

// outcome is what a command printed, and its exit status.
type outcome struct {
	status         int
	stdout, stderr string
}

// execute runs a command line in this process, on a system without limits.
func execute(ctx context.Context, environ []string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, process{environ: environ, root: fstest.MapFS{}, stdin: &bytes.Buffer{}, stdout: &stdout, stderr: &stderr})
	return outcome{status, stdout.String(), stderr.String()}
}

// want checks the exit status, and both outputs against patterns. An empty pattern is for no output.
func (o outcome) want(t *testing.T, status int, stdout, stderr string) {
	t.Helper()
	matches := func(pattern, text string) bool {
		return pattern == "" && text == "" || pattern != "" && regexp.MustCompile(pattern).MatchString(text)
	}
	if o.status != status || !matches(stdout, o.stdout) || !matches(stderr, o.stderr) {
		t.Errorf("exit status %d, want %d\nstdout, want %q:\n%s\nstderr, want %q:\n%s", o.status, status, stdout, o.stdout, stderr, o.stderr)
	}
}

// gateway is the far end of the commands that send requests.
type gateway struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // guarded by mu: the requests' targets
}

// respond starts a gateway that responds by handler.
func respond(t *testing.T, handler http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.asked = append(g.asked, r.RequestURI)
		g.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// targets returns those of the requests so far, and forgets them.
func (g *gateway) targets() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	targets := g.asked
	g.asked = nil
	return targets
}

func write(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
