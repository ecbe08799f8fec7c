package testkit

import (
	"net"
	"os"
	"os/exec"
	"testing"
)

// need gives the path of the first of the programs that is installed.
func need(t testing.TB, what string, programs ...string) string {
	t.Helper()
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	missing(t, what, "is not installed; scripts/test installs it")
	return ""
}

// missing ends a test that lacks a component.
func missing(t testing.TB, what, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what + " " + why)
	}
	if file := os.Getenv("TEST_SKIPS"); file != "" {
		if f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			_, _ = f.WriteString(what + " is missing\n")
			_ = f.Close()
		}
	}
	t.Skip(what + " " + why)
}

// Chromium gives the path of a Chromium.
func Chromium(t testing.TB) string {
	t.Helper()
	return need(t, "chromium", "chromium", "chromium-browser", "google-chrome")
}

// FreeAddress gives a loopback address that nobody listens on. Another process may take it before it is used; callers that
// can should listen on port 0 themselves.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
