package conformance_test

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/rocket-gateway/rocket-gateway/client"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const (
	gatewayModule = "github.com/rocket-gateway/rocket-gateway"
	clientModule  = gatewayModule + "/client"
	version       = "v0.99.0" // that the tests publish
)

// published is a directory with a proxy of modules, which has the two as if they were published, and a separate module cache.
type published struct {
	t   *testing.T
	dir string
	env []string
}

func publish(t *testing.T) *published {
	t.Helper()
	p := &published{t: t, dir: t.TempDir()}
	p.add(gatewayModule, "../..")
	p.add(clientModule, "..")
	// What else is needed comes from the module cache of these tests, which is laid out as a proxy is. The sums are those of files of this
	// machine, so no database knows them.
	var settings struct{ GOMODCACHE, GOPROXY string }
	if err := json.Unmarshal([]byte(p.run(".", "go", "env", "-json", "GOMODCACHE", "GOPROXY")), &settings); err != nil {
		t.Fatal(err)
	}
	p.env = []string{
		"GOPROXY=file://" + filepath.Join(p.dir, "proxy") + ",file://" + filepath.Join(settings.GOMODCACHE, "cache", "download") + "," + settings.GOPROXY,
		"GOMODCACHE=" + filepath.Join(p.dir, "cache"), "GOBIN=" + filepath.Join(p.dir, "bin"), "GOSUMDB=off", "GOPRIVATE=", "GOWORK=off", "GOTOOLCHAIN=local",
		"GOFLAGS=-trimpath -modcacherw", // the first so that the build cache has what was built here before, though the directory differs
	}
	return p
}

// add publishes the files of a module, as far as they are not ignored by git.
func (p *published) add(path, dir string) {
	p.t.Helper()
	m := module.Version{Path: path, Version: version}
	testkit.Program(p.t, "git", "git")
	list := testkit.Git(p.t.Context(), "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = dir
	var files []zip.File
	for name := range strings.SplitSeq(p.output(list), "\n") {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil && name != "" {
			files = append(files, file{dir, name})
		}
	}
	versions := filepath.Join(p.dir, "proxy", path, "@v")
	if err := os.MkdirAll(versions, 0o700); err != nil {
		p.t.Fatal(err)
	}
	archive, err := os.Create(filepath.Join(versions, version+".zip"))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := zip.Create(archive, m, files); err != nil {
		p.t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		p.t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, content := range map[string]string{
		"list": version + "\n", version + ".info": fmt.Sprintf(`{"Version":%q}`, version), version + ".mod": string(mod),
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(content), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// file is a file of a module.
type file struct{ dir, name string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (os.FileInfo, error)  { return os.Lstat(filepath.Join(f.dir, f.name)) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(f.dir, f.name)) }

// run runs a command in a directory and returns its output.
func (p *published) run(dir, name string, arguments ...string) string {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), name, arguments...)
	command.Dir, command.Env = dir, append(os.Environ(), p.env...)
	return p.output(command)
}

func (p *published) output(command *exec.Cmd) string {
	p.t.Helper()
	out, err := command.Output()
	if err != nil {
		p.t.Fatalf("%s: %v: %s", command, err, testkit.Complaint(err))
	}
	return string(out)
}

// go install makes a gateway that knows its version.
func TestInstallTheGateway(t *testing.T) {
	p := publish(t)
	p.run(t.TempDir(), "go", "install", gatewayModule+"/cmd/gateway@"+version)
	got := p.run(".", filepath.Join(p.dir, "bin", "gateway"), "version")
	if want := fmt.Sprintf("gateway %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A module that imports the client depends on these modules, and on nothing else of the gateway's. go list has more modules than a binary:
// those that the tests of its modules need.
func TestImportTheClient(t *testing.T) {
	p, importer := publish(t), t.TempDir()
	for name, content := range map[string]string{"go.mod": "module example.com/importer\n\ngo 1.25.0\n", "main.go": program(t)} {
		if err := os.WriteFile(filepath.Join(importer, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.run(importer, "go", "get", clientModule+"@"+version)
	p.run(importer, "go", "mod", "tidy")
	p.run(importer, "go", "install", ".")
	binary := filepath.Join(p.dir, "bin", "importer")
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, dependency := range info.Deps {
		linked = append(linked, dependency.Path)
	}
	if diff := cmp.Diff([]string{
		"github.com/dunglas/httpsfv", "github.com/hashicorp/go-cleanhttp", "github.com/hashicorp/go-retryablehttp", clientModule, "golang.org/x/oauth2",
		"golang.org/x/sync",
	}, linked); diff != "" {
		t.Errorf("linked: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"example.com/importer", "cloud.google.com/go/compute/metadata", "github.com/dunglas/httpsfv", "github.com/fatih/color",
		"github.com/hashicorp/go-cleanhttp", "github.com/hashicorp/go-hclog", "github.com/hashicorp/go-retryablehttp",
		"github.com/mattn/go-colorable", "github.com/mattn/go-isatty", clientModule, "golang.org/x/oauth2", "golang.org/x/sync", "golang.org/x/sys",
	}, strings.Fields(p.run(importer, "go", "list", "-m", "-f", "{{.Path}}", "all"))); diff != "" {
		t.Errorf("go list -m all: -want +got:\n%s", diff)
	}

	g := start(t)
	issuer := httptest.NewServer(g.issuer("s3cret", profile{client.Azure, "resellers", []string{"1153013"}}))
	defer issuer.Close()
	p.env = append(p.env, "GATEWAY_URL="+g.url, "TOKEN_URL="+issuer.URL, "CLIENT_SECRET=s3cret")
	if got, want := strings.TrimSpace(p.run(importer, binary)), examples(t)[0].output; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// program returns the first example as a program.
func program(t *testing.T) string {
	t.Helper()
	first := examples(t)[0]
	if first.name != "" {
		t.Fatalf("the first example is %s, not that of the package", first.name)
	}
	return `package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"golang.org/x/oauth2/clientcredentials"

	"` + clientModule + `"
)

var ctx = context.Background()

func main() {
` + first.code + `
}
`
}
