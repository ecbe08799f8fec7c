package helm_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden renderings in testdata anew")

const (
	chart   = "rocket-gateway"
	modfile = "../../tools/helm/go.mod"
)

// valueFiles returns the paths of the files of values, by name.
func valueFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/values/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no value files", err)
	}
	files := map[string]string{}
	for _, path := range paths {
		look(t, path)
		files[strings.TrimSuffix(filepath.Base(path), ".yaml")] = path
	}
	return files
}

// render renders the chart with files of values.
func render(t *testing.T, files ...string) string {
	t.Helper()
	args := []string{"template", "costs", chart, "--namespace", "costs"}
	for _, file := range files {
		args = append(args, "--values", file)
	}
	out, err := helm(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// minimal has the required values.
const minimal = "testdata/values/minimal.yaml"

// renderWith renders the chart with some values, beside the required ones.
func renderWith(t *testing.T, values string) string {
	t.Helper()
	return render(t, minimal, written(t, values))
}

// refusal returns the error of values that helm refuses, beside the required ones.
func refusal(t *testing.T, values string) string {
	t.Helper()
	out, err := helm(t, "template", "costs", chart, "--values", minimal, "--values", written(t, values))
	if err == nil {
		t.Fatalf("helm accepts these values:\n%s\nand renders:\n%s", values, out)
	}
	return err.Error()
}

// helm runs helm without the user's settings. The error has what it printed.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	look(t, chart)
	command := exec.CommandContext(t.Context(), tool(t, "helm"), args...)
	home := t.TempDir()
	command.Env = []string{"HOME=" + home, "HELM_CACHE_HOME=" + home, "HELM_CONFIG_HOME=" + home, "HELM_DATA_HOME=" + home}
	return output(command)
}

// output returns what a command prints. The error has what it prints on stderr.
func output(command *exec.Cmd) (string, error) {
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()+out.String()))
	}
	return out.String(), nil
}

var tools = struct {
	sync.Mutex // guards paths
	paths      map[string]string
}{paths: map[string]string{}}

// tool returns the path of a program of tools/helm/go.mod, which is resolved once.
func tool(t *testing.T, name string) string {
	t.Helper()
	tools.Lock()
	defer tools.Unlock()
	if tools.paths[name] == "" {
		tools.paths[name] = testkit.GoTool(t, modfile, name)
	}
	return tools.paths[name]
}

// look opens what helm reads: go test takes its result from the cache unless a file changes that the test itself opened.
func look(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// written returns the path of a new file with the values.
func written(t *testing.T, values string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(path, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
