package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a process that listens on an address until the end of the test.
type Server struct {
	Address string
	command *exec.Cmd
	log     string        // file with its output
	ended   chan struct{} // closed after it has ended
}

// attempts bounds the addresses that a server is started on: another program may take one between the choice and the start.
const attempts = 10

// StartServer runs a program on an address of its choice and waits until it is ready. arguments returns those for an address.
func StartServer(t testing.TB, path string, ready func(address string) bool, arguments func(address string) []string) *Server {
	t.Helper()
	var s *Server
	for range attempts {
		address := Address(t)
		s = launch(t, path, address, arguments(address))
		if s.await(t, ready) {
			return s
		}
	}
	t.Fatalf("%s does not start:\n%s", path, s.output())
	return nil
}

func launch(t testing.TB, path, address string, arguments []string) *Server {
	t.Helper()
	s := &Server{Address: address, log: filepath.Join(t.TempDir(), "log"), ended: make(chan struct{})}
	output, err := os.Create(s.log)
	must(t, err)
	defer func() { _ = output.Close() }()
	s.command = exec.Command(path, arguments...)
	s.command.Stdout, s.command.Stderr = output, output
	must(t, s.command.Start())
	var reaped sync.WaitGroup
	reaped.Go(func() {
		_ = s.command.Wait()
		close(s.ended)
	})
	t.Cleanup(func() {
		s.Kill()
		reaped.Wait()
	})
	return s
}

// await waits until the server is ready, and returns false if it ends before.
func (s *Server) await(t testing.TB, ready func(address string) bool) bool {
	t.Helper()
	for deadline := time.Now().Add(Patience); !ready(s.Address); time.Sleep(5 * time.Millisecond) {
		if !s.alive() {
			return false
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not get ready:\n%s", s.command.Path, s.output())
		}
	}
	return true
}

// Kill ends the server at once and waits for its end.
func (s *Server) Kill() {
	_ = s.command.Process.Kill()
	<-s.ended
}

func (s *Server) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// output returns the end of what the server wrote.
func (s *Server) output() string {
	content, _ := os.ReadFile(s.log)
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
