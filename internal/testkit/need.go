package testkit

import (
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
