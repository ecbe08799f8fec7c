package e2e_test

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

// typeScript is the directory of the client for TypeScript.
const typeScript = "../../clients/typescript"

// The client does what its tests say in Node.js and in a page of another origin in Chromium, against the gateway of `gateway demo`. In a
// project that has nothing but the packed client, the programs of its page run, and its links hold.
func TestTypeScriptClient(t *testing.T) {
	t.Parallel()
	modules, err := filepath.Abs(testkit.NodePackages(t))
	must(t, err)
	dir, results := t.TempDir(), make(chan string, 1)
	page := newPage(t, dir, results)
	now := func() time.Time { return guideDay }
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Customers, o.Now = 0, now })
	g := serveAt(t, now, rocket, "AUTH_MODE=jwt", "AUTH_HS256_SECRET="+authSecret, "CORS_ORIGINS="+page)
	env := append(os.Environ(), "GATEWAY="+g.api, "TOKEN="+tokenFor(t, everything()))
	must(t, filepath.WalkDir(typeScript, func(_ string, _ fs.DirEntry, err error) error { return err })) // go test runs again after a change

	run := exec.CommandContext(t.Context(), typeScript+"/run", dir)
	run.Env = env
	out, err := run.CombinedOutput()
	if t.Logf("%s", out); err != nil {
		t.Fatal(err)
	}
	t.Run("Chromium", func(t *testing.T) {
		opened := chromium.Start(t).Open(t, page, "/#"+g.api+","+tokenFor(t, everything()), g.api)
		select {
		case text := <-results:
			if t.Log(text); !strings.HasPrefix(text, "passed: ") || strings.Contains(text, "failed: ") {
				t.Error("a test failed in the page")
			}
		case <-time.After(testkit.Patience):
			t.Errorf("the page sends no results; its faults: %q", opened.Faults())
		}
	})
	t.Run("an empty project", func(t *testing.T) { runsReadme(t, modules, dir+"/project", env) })
}

// newPage serves the tests that are bundled into dir as a page, and sends on what the page sends back. It returns the page's origin.
func newPage(t *testing.T, dir string, results chan<- string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<!doctype html><meta charset="utf-8"><script type="module" src="page.js"></script>`)
	})
	mux.Handle("GET /page.js", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("POST /results", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		results <- string(text)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// runsReadme runs the programs of the client's page in a project, and compares what they print with what the page shows. What the page
// links to is in the package, or has an address.
func runsReadme(t *testing.T, modules, project string, env []string) {
	text, err := os.ReadFile(typeScript + "/README.md")
	must(t, err)
	write := func(name, text string) { must(t, os.WriteFile(filepath.Join(project, name), []byte(text), 0o600)) }
	command := func(path string, arguments ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), modules+path, arguments...)
		c.Dir, c.Env = project, env
		return c
	}
	for _, link := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join(project, "node_modules/@rocket-gateway/client", link[1])); err != nil {
			t.Errorf("the package has not what its page links to: %v", err)
		}
	}
	var programs []*block
	for _, b := range outputs(parsePage(typeScript+"/README.md", string(text))) {
		if b.language == "ts" {
			programs = append(programs, b)
			write(b.name()+".ts", b.text)
		}
	}
	write("tsconfig.json", fmt.Sprintf(`{"compilerOptions": {
		"strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true,
		"noEmit": true, "target": "es2023", "module": "nodenext", "typeRoots": [%q], "types": ["node"]}}`, modules+"/@types"))
	must(t, quietly(command("/../typescript/node_modules/.bin/tsc")))
	for _, b := range programs {
		out, err := command("/.bin/node", b.name()+".ts").Output() // the Node.js of the packages runs TypeScript
		must(t, err)
		if b.output == nil {
			t.Errorf("%s shows no output", b)
		} else if fault := b.output.differs(string(out)); fault != "" {
			t.Errorf("%s: %s", b, fault)
		}
	}
}

// The client knows every type of problem, and has the licence of the project.
func TestTypeScriptClientIsComplete(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(typeScript + "/src/problem.ts")
	must(t, err)
	var types []string
	for _, m := range regexp.MustCompile(`(?m)^  \| '(.*)'$`).FindAllStringSubmatch(string(source), -1) {
		types = append(types, m[1])
	}
	if diff := cmp.Diff(problemTypes(t), types); diff != "" {
		t.Errorf("-gateway +client:\n%s", diff)
	}
	licence, err := os.ReadFile("../../LICENSE")
	must(t, err)
	if packed, err := os.ReadFile(typeScript + "/LICENSE"); err != nil || !slices.Equal(packed, licence) {
		t.Errorf("the LICENSE of the client is not the project's: %v", err)
	}
}
