package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of the first of the programs that is installed. If there is none, it ends the test as Missing does.
func Program(t testing.TB, what string, programs ...string) string {
	t.Helper()
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	Missing(t, what, "is not installed; scripts/test installs it")
	return ""
}

// Missing ends a test that lacks a component: it skips the test and counts it, or fails it if CI is set.
func Missing(t testing.TB, what, why string) {
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
