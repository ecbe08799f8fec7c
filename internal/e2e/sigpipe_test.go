//go:build unix

package e2e_test

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// piped is a command whose output goes to a pipe, as in `gateway serve 2>&1 | head`.
type piped struct {
	*exec.Cmd
	reader, writer *os.File
	ended          chan error
}

func newPiped(t *testing.T, env []string, args ...string) *piped {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &piped{exec.Command(filepath.Join(binaries, "gateway"), args...), r, w, make(chan error, 1)}
	p.Env, p.Stdout, p.Stderr = env, w, w
	return p
}

// start runs the command; this process holds the reading end alone.
func (p *piped) start(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	_ = p.writer.Close()
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.reader.Close()
	})
}

// until reads lines up to one that matches, and returns its first group.
func (p *piped) until(t *testing.T, pattern string) string {
	t.Helper()
	_ = p.reader.SetReadDeadline(time.Now().Add(patience))
	lines := bufio.NewScanner(p.reader)
	for lines.Scan() {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text()); found != nil {
			return found[1]
		}
	}
	t.Fatalf("no line matches %s: %v", pattern, lines.Err())
	return ""
}

func (p *piped) wantEnd(t *testing.T) syscall.WaitStatus {
	t.Helper()
	select {
	case <-p.ended:
		return p.ProcessState.Sys().(syscall.WaitStatus)
	case <-time.After(patience):
		t.Fatal("it does not end")
		return 0
	}
}

// A log that nothing reads any more costs the lines, not the gateway.
func TestServingGoesOnWithoutAReaderOfTheLog(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	for _, tt := range []struct {
		command, listening, path string
		env                      []string
	}{
		{"serve", `"msg":"serving","api":"([^"]+)"`, usagesPath, []string{
			"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL=" + rocket, "ROCKET_USERNAME=" + username,
			"ROCKET_PASSWORD=" + password, "AUTH_MODE=none", "SHUTDOWN_DELAY=0s", "LOG_LEVEL=debug",
		}},
		{"demo", `serving .*api=(\S+)`, "/docs/", nil},
	} {
		t.Run(tt.command, func(t *testing.T) {
			p := newPiped(t, tt.env, tt.command)
			p.start(t)
			address := p.until(t, tt.listening)
			_ = p.reader.Close()
			for range 3 {
				if a := get(t, "http://"+address+tt.path); a.StatusCode != http.StatusOK {
					t.Errorf("status %d: %.200s", a.StatusCode, a.body)
				}
			}
			if err := p.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if status := p.wantEnd(t); status.Signaled() || status.ExitStatus() != 0 {
				t.Errorf("it ended with %s, not after a drain", p.ProcessState)
			}
		})
	}
}

// A command that only prints ends with its reader, as others do.
func TestPrintingEndsWithItsReader(t *testing.T) {
	t.Parallel()
	p := newPiped(t, []string{"ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "AUTH_MODE=none"}, "config")
	_ = p.reader.Close()
	p.start(t)
	if status := p.wantEnd(t); !status.Signaled() || status.Signal() != syscall.SIGPIPE {
		t.Errorf("it ended with %s, not by SIGPIPE", p.ProcessState)
	}
}
