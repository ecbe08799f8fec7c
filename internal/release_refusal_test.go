package internal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// goThatFails is a go command that fails for one test, and does nothing else.
const goThatFails = "#!/bin/sh\ncase \"$*\" in *FAILING*) echo 'it breaks clients' >&2; exit 1 ;; esac\n"

// A release with a change that breaks clients or operators unannounced is refused before its contract and its settings are recorded.
func TestReleaseRefusesWhatBreaks(t *testing.T) {
	files := []string{
		"CHANGELOG.md", "api/openapi.yaml", "api/released.yaml", "deploy/helm/rocket-gateway/Chart.yaml", "docs/install.md", "scripts/release",
	}
	for _, failing := range []string{"TestContractIsCompatible", "TestReleasedSettingsAreAccepted"} {
		t.Run(failing, func(t *testing.T) {
			root := t.TempDir()
			write := func(name, content string) {
				t.Helper()
				path := filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range files {
				write(file, read(t, "../"+file))
			}
			write("api/openapi.yaml", "openapi: 3.1.0\n")
			write("bin/go", strings.Replace(goThatFails, "FAILING", failing, 1))
			command := exec.CommandContext(t.Context(), filepath.Join(root, "scripts/release"), "v99.0.0")
			command.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
			if out, err := command.CombinedOutput(); err == nil || !strings.Contains(string(out), "it breaks clients") {
				t.Errorf("%v: %s", err, out)
			}
			for _, file := range []string{"CHANGELOG.md", "api/released.yaml"} {
				if read(t, filepath.Join(root, file)) != read(t, "../"+file) {
					t.Errorf("%s is changed", file)
				}
			}
		})
	}
}
