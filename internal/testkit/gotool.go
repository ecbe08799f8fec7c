package testkit

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// GoTool returns the path of a program that a module file of tools/ pins. The go command builds it if its cache has none. If it cannot
// be built, GoTool ends the test as Missing does.
func GoTool(t testing.TB, modfile, name string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+modfile, "-n", name)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	path, err := command.Output()
	if err != nil {
		Missing(t, name, "could not be built: "+Complaint(err))
	}
	return strings.TrimSpace(string(path))
}

// Complaint returns what a command wrote to standard error before it failed.
func Complaint(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return err.Error()
}
