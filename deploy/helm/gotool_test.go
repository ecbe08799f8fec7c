package helm_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// goTool returns the path of a program that a module file of tools/ pins. The go command builds it if its cache has none;
// scripts/build-chart-tools has filled the cache with the same settings.
func goTool(t testing.TB, modfile, name string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+modfile, "-n", name)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	path, err := command.Output()
	if err != nil {
		testkit.Missing(t, name, "could not be built: "+complaint(err))
	}
	return strings.TrimSpace(string(path))
}

// goModule returns the directory of a module that has data for tests, as in k8s.io/kubernetes@v1.37.2. No module file names it:
// the go command downloads it if its cache has none, and checks it with the checksum database.
func goModule(t testing.TB, module string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	command.Dir = t.TempDir()
	out, err := command.Output()
	if err != nil {
		testkit.Missing(t, module, "could not be downloaded: "+complaint(err))
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		t.Fatal(err)
	}
	return downloaded.Dir
}

// complaint returns what a command wrote before it failed.
func complaint(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return err.Error()
}
