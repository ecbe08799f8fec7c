package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rocket-gateway/rocket-gateway/"

// rule is what the code of a package, its tests aside, may import.
type rule struct {
	of      string // the package, below the module
	ours    string // the packages of ours that it may import
	never   string // what it must not import even so, whole modules
	stdlib  bool   // of others' code, the standard library alone
	unbound bool   // may import all of ours, but for testkit
}

// dependencies has every package of the module. The reasons are in docs/architecture.md.
var dependencies = []rule{
	{of: "api"},
	{of: "client"}, // a separate module; its tests hold the modules that it needs against a list
	{of: "internal/fault"},
	{of: "internal/rows"},
	{of: "internal/decimal", stdlib: true},
	{of: "internal/spell"},
	{of: "internal/secret", stdlib: true},
	{of: "internal/redisurl", stdlib: true},
	{of: "internal/httpserver", stdlib: true},
	{of: "internal/published", stdlib: true},
	{of: "internal/oidc", ours: "internal/published", stdlib: true},
	{of: "internal/rate", stdlib: true},
	{of: "internal/openapi"},
	{of: "internal/query", ours: "internal/fault internal/spell", stdlib: true},
	{of: "internal/fleet", ours: "internal/redisurl internal/fault"},
	{of: "internal/ratelimit", ours: "internal/fleet internal/rate"},
	{of: "internal/cache", ours: "internal/cache/store internal/query internal/fault internal/fleet"},
	{of: "internal/cache/store", ours: "internal/query internal/fleet"},
	{of: "internal/upstream", ours: "internal/query internal/fault internal/fleet internal/secret"},
	{of: "internal/tenancy", ours: "internal/query internal/rows internal/fault", stdlib: true},
	{of: "internal/shape", ours: "internal/query internal/rows internal/decimal"},
	{of: "internal/compose", ours: "internal/rows internal/decimal internal/fault"},
	{of: "internal/table", ours: "internal/query internal/rows", stdlib: true},
	{of: "internal/auth", ours: "internal/rows internal/fault internal/published"},
	{
		of: "internal/handlers",
		ours: "api internal/openapi internal/query internal/auth internal/tenancy internal/ratelimit internal/cache internal/fault " +
			"internal/httpserver internal/shape internal/compose internal/table internal/oidc",
		never: "github.com/redis/go-redis", // Redis belongs to the cache, as Rocket does to upstream
	},
	{of: "internal/config", ours: "internal/query internal/spell internal/secret internal/redisurl internal/rate"},
	{of: "internal/doctor", ours: "internal/query internal/fault internal/fleet internal/upstream internal/oidc"},
	{of: "internal/version", stdlib: true},
	{of: "internal/telemetry"},
	{of: "internal/admin", ours: "internal/auth internal/cache internal/console internal/query internal/fault internal/httpserver"},
	{of: "internal/console", ours: "internal/fault"},
	{of: "internal/rocketsim"},
	{of: "internal/testkit"},
	{of: "internal/testkit/chromium", ours: "internal/testkit"},
	{of: "cmd/gateway", ours: "internal/cli"},
	{of: "internal/cli", unbound: true},
	{of: "internal/app", unbound: true},
	{of: "internal/e2e"},
	{of: "bench", ours: "internal/cache internal/fleet internal/query"},
	{of: "cmd/rocketsim", ours: "internal/rocketsim internal/version"},
}

const seeDocs = "docs/architecture.md has the rules and the reasons; if the import is intended, add it there and to the table in " +
	"internal/layout_test.go"

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(dependencies, func(r rule) bool { return r.of == name })
		if i < 0 {
			t.Errorf("package %s is not in the table: %s", name, seeDocs)
			continue
		}
		for _, path := range p.Imports {
			if why := dependencies[i].forbids(path); why != "" {
				t.Errorf("%s must not import %s: %s. %s", name, strings.TrimPrefix(path, module), why, seeDocs)
			}
		}
	}
}

// forbids returns why the package of the rule must not import path, or "".
func (r rule) forbids(path string) string {
	ours, isOurs := strings.CutPrefix(path, module)
	switch {
	case within(ours, "internal/testkit") && !within(r.of, "internal/testkit"):
		return "testkit is for tests"
	case isOurs && !r.unbound && !slices.Contains(strings.Fields(r.ours), ours):
		return "the table does not allow it"
	case isOurs:
		return ""
	case r.stdlib && !standard(path):
		return "it imports the standard library alone"
	case slices.ContainsFunc(strings.Fields(r.never), func(m string) bool { return within(path, m) }):
		return "that belongs to another package"
	}
	return ""
}

func within(path, module string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// standard reports whether path is of the standard library, whose first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// A rule for a package that was deleted would admit a new one of that name unseen.
func TestEveryRuleHasItsPackage(t *testing.T) {
	all := packages(t)
	for _, r := range dependencies {
		if !slices.ContainsFunc(all, func(p listed) bool { return p.ImportPath == module+r.of }) {
			t.Errorf("%s is in the table of internal/layout_test.go, but there is no such package", r.of)
		}
	}
}

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		rule  rule
		path  string
		fault bool
	}{
		{rule{of: "a", ours: "b c"}, module + "b", false},
		{rule{of: "a", ours: "b c"}, module + "d", true},
		{rule{of: "a", ours: "b c"}, module + "b/inner", true},
		{rule{of: "a"}, "net/http", false},
		{rule{of: "a"}, "example.com/x", false},
		{rule{of: "a", stdlib: true}, "net/http", false},
		{rule{of: "a", stdlib: true}, "example.com/x", true},
		{rule{of: "a", stdlib: true, ours: "b"}, module + "b", false},
		{rule{of: "a", never: "example.com/x"}, "example.com/x/v9", true},
		{rule{of: "a", never: "example.com/x"}, "example.com/xy", false},
		{rule{of: "a", unbound: true}, module + "b", false},
		{rule{of: "a", unbound: true, ours: "internal/testkit"}, module + "internal/testkit", true},
		{rule{of: "a", unbound: true}, module + "internal/testkit/x", true},
		{rule{of: "internal/testkit/x", ours: "internal/testkit"}, module + "internal/testkit", false},
	} {
		if why := tt.rule.forbids(tt.path); (why != "") != tt.fault {
			t.Errorf("%+v, importing %s: got %q", tt.rule, tt.path, why)
		}
	}
}

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string // of GoFiles, so without the tests'
}

// packages are those of the module, and of the client's, that have code.
func packages(t *testing.T) []listed {
	t.Helper()
	all := append(packagesIn(t, ".."), packagesIn(t, "../client")...)
	look(t, all)
	return all
}

func packagesIn(t *testing.T, dir string) []listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	command.Dir = dir
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, complaint.String())
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// look opens what go list has read: go test takes its result from the cache unless a file changes that the test itself opened.
func look(t *testing.T, all []listed) {
	t.Helper()
	dirs := []string{"..", "../cmd", "../internal"}
	for _, p := range all {
		dirs = append(dirs, p.Dir)
	}
	for _, dir := range dirs {
		if _, err := os.ReadDir(dir); err != nil {
			t.Fatal(err)
		}
	}
}
