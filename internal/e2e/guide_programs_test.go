package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// programs are the snippets of the callers' pages as files, compiled: each language in a directory.
type programs struct {
	dir      string
	all      []*block
	compiled map[string]func() error // by language; once for all snippets

	imports, cases string // of the binary with all Go programs
}

// newPrograms writes the snippets to files, with the issuer in place of those that the pages name.
func newPrograms(t *testing.T, i *issuer) *programs {
	t.Helper()
	blocks := blocksOf(t)
	p := &programs{dir: t.TempDir()}
	p.compiled = map[string]func() error{"ts": sync.OnceValue(p.compileTypeScript), "go": sync.OnceValue(p.compileGo)}
	p.write(t, "ts/package.json", `{"type": "module"}`)
	p.write(t, "go/go.mod", "module recipes\n\ngo 1.22\n")
	clients := map[string]*block{}
	for _, b := range blocks {
		if b.isClient() {
			clients[b.language] = b
			if b.language != "go" { // each Go program has its own
				p.write(t, b.language+"/"+clientFile.FindStringSubmatch(b.text)[1], b.text)
			}
		}
	}
	for _, b := range blocks {
		if !b.runs() {
			continue
		}
		p.all = append(p.all, b)
		if b.language == "go" {
			p.addGo(t, b, clients["go"])
		} else {
			p.write(t, b.file(), i.hosts.Replace(b.text))
		}
	}
	p.write(t, "go/main.go", "package main\n\nimport (\n\t\"os\"\n"+p.imports+")\n\nfunc main() {\n\tswitch os.Args[1] {\n"+p.cases+"\t}\n}\n")
	return p
}

// addGo makes a package of a program: one binary with all of them is linked faster than many.
func (p *programs) addGo(t *testing.T, b, client *block) {
	t.Helper()
	name := b.name()
	asPackage := strings.NewReplacer("package main\n", "package "+name+"\n", "func main() {", "func Main() {")
	p.write(t, b.file(), asPackage.Replace(b.text))
	p.write(t, "go/"+name+"/client.go", asPackage.Replace(client.text))
	p.imports += fmt.Sprintf("\t%q\n", "recipes/"+name)
	p.cases += fmt.Sprintf("\tcase %q:\n\t\t%s.Main()\n", name, name)
}

// name returns the name of a snippet, as that of a Go package.
func (b *block) name() string {
	return strings.TrimSuffix(filepath.Base(b.page), ".md") + strconv.Itoa(b.line)
}

// file returns the file of a snippet, below dir.
func (b *block) file() string {
	switch b.language {
	case "go":
		return "go/" + b.name() + "/main.go"
	case "python":
		return "python/" + b.name() + ".py"
	default:
		return b.language + "/" + b.name() + "." + b.language
	}
}

func (p *programs) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(p.dir, name)
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, []byte(text), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// packages has the npm packages of clients/, among them the compiler of TypeScript; scripts/install-test-tools installs them.
const packages = "../../.cache/clients/node_modules"

func (p *programs) compileTypeScript() error {
	types, err := filepath.Abs(packages + "/@types")
	if err != nil {
		return err
	}
	files, err := filepath.Glob(p.dir + "/ts/*.ts")
	if err != nil {
		return err
	}
	return quietly(exec.Command("node", append([]string{packages + "/typescript/bin/tsc", "--strict", "--noUncheckedIndexedAccess",
		"--noEmitOnError", "--target", "es2022", "--module", "nodenext", "--lib", "es2023", "--typeRoots", types, "--types", "node",
		"--skipLibCheck"}, files...)...))
}

func (p *programs) compileGo() error {
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", p.dir+"/go/recipes", ".")
	build.Dir = p.dir + "/go"
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	return quietly(build)
}

// quietly runs a command; the error has its output.
func quietly(c *exec.Cmd) error {
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", c.Path, err, out)
	}
	return nil
}

// run executes a snippet, and returns what it prints.
func (p *programs) run(t *testing.T, b *block, env ...string) string {
	t.Helper()
	out, complaint, err := p.try(t, b, env...)
	if err != nil {
		t.Errorf("%s: %v\n%s%s", b, err, out, complaint)
	}
	return out
}

// try executes a snippet in a separate directory, and returns what it prints, and its error with what it complains of.
func (p *programs) try(t *testing.T, b *block, env ...string) (out, complaint string, err error) {
	t.Helper()
	command := p.command(t, b)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(),
		append(env, "CLIENT_SECRET="+clientSecret, "PYTHONPATH="+p.dir+"/python", "PYTHONDONTWRITEBYTECODE=1")...)
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	return stdout.String(), stderr.String(), err
}

// python returns a Python for a snippet; one with pandas and matplotlib, which may be that of the system alone, if it needs them.
func python(t *testing.T, b *block) string {
	t.Helper()
	if !strings.Contains(b.text, "from costs import") {
		return testkit.Program(t, "Python", "python3")
	}
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import pandas, matplotlib").Run() == nil {
			return name
		}
	}
	testkit.Missing(t, "pandas or matplotlib", "is not installed; scripts/test installs it")
	return ""
}

func (p *programs) command(t *testing.T, b *block) *exec.Cmd {
	t.Helper()
	file := filepath.Join(p.dir, b.file())
	switch b.language {
	case "sh":
		testkit.Program(t, "curl", "curl")
		return exec.Command(testkit.Program(t, "bash", "bash"), "-euo", "pipefail", file)
	case "python":
		return exec.Command(python(t, b), file)
	case "ts":
		testkit.Program(t, "Node.js", "node")
		testkit.NodePackages(t)
	}
	must(t, p.compiled[b.language]())
	if b.language == "go" {
		return exec.Command(p.dir+"/go/recipes", b.name())
	}
	return exec.Command("node", strings.TrimSuffix(file, ".ts")+".js")
}
