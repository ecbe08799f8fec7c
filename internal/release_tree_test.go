package internal_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// releaseTree is a copy of what scripts/release reads and writes.
type releaseTree struct {
	*testing.T
	dir string
}

// newReleaseTree returns one with a change that is Unreleased, and the record of an earlier release. In place of go, it has a command that
// records settings, and does nothing else: what scripts/release runs by it has its own tests.
func newReleaseTree(t *testing.T) releaseTree {
	t.Helper()
	tree := releaseTree{t, t.TempDir()}
	for _, name := range []string{"scripts", "api", "docs"} {
		if err := os.CopyFS(filepath.Join(tree.dir, name), os.DirFS("../"+name)); err != nil {
			t.Fatal(err)
		}
	}
	head, _, _ := strings.Cut(read(t, "../CHANGELOG.md"), "\n## [Unreleased]\n")
	tree.write("CHANGELOG.md", head+"\n## [Unreleased]\n\n### Added\n\n- A [page](docs/new.md).\n\n"+
		"## [0.1.0] - 2026-11-28\n\nThe first release.\n\n"+
		"[Unreleased]: https://example.com/compare/v0.1.0...HEAD\n[0.1.0]: https://example.com/releases/tag/v0.1.0\n")
	tree.write("deploy/helm/rocket-gateway/Chart.yaml", "version: 0.1.0\nappVersion: 0.1.0\n")
	tree.write("bin/go", "#!/bin/sh\ncase \"$*\" in *-release) echo new >settings ;; esac\n")
	tree.write("settings", "old\n")
	tree.write("api/released.yaml", "old\n")
	t.Setenv("PATH", filepath.Join(tree.dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	return tree
}

func (tree releaseTree) write(name, content string) {
	tree.Helper()
	path := filepath.Join(tree.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tree.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		tree.Fatal(err)
	}
}

// files returns the content of every file, by its name.
func (tree releaseTree) files() map[string]string {
	tree.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(tree.dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all[name] = read(tree.T, filepath.Join(tree.dir, name))
		}
		return err
	})
	if err != nil {
		tree.Fatal(err)
	}
	return all
}

func (tree releaseTree) run(script, tag string) (string, error) {
	out, err := exec.CommandContext(tree.Context(), filepath.Join(tree.dir, "scripts", script), tag).CombinedOutput()
	return string(out), err
}

// prepare runs scripts/release twice, the second time as the workflow does, and checks what the files say of the version.
func (tree releaseTree) prepare(tag string) {
	tree.Helper()
	if out, err := tree.run("release", tag); err != nil {
		tree.Fatalf("scripts/release %s: %v\n%s", tag, err, out)
	}
	prepared, version := tree.files(), strings.TrimPrefix(tag, "v")
	if out, err := tree.run("release", tag); err != nil || !cmp.Equal(prepared, tree.files()) {
		tree.Errorf("scripts/release %s, again: %v\n%s%s", tag, err, out, cmp.Diff(prepared, tree.files()))
	}
	if chart := prepared["deploy/helm/rocket-gateway/Chart.yaml"]; chart != "version: "+version+"\nappVersion: "+version+"\n" {
		tree.Errorf("%s: the chart is\n%s", tag, chart)
	}
	for _, want := range []string{
		"VERSION=" + version + "\n", "rocket-gateway_" + version + "_linux_amd64.tar.gz: OK", "gateway " + tag + " go",
	} {
		if !strings.Contains(prepared["docs/install.md"], want) {
			tree.Errorf("%s: docs/install.md has no %q", tag, want)
		}
	}
	if notes, err := tree.run("release-notes", tag); err != nil || !strings.Contains(notes, "/blob/"+tag+"/docs/new.md)") {
		tree.Errorf("%s: %v, and the notes are\n%s", tag, err, notes)
	}
}

// hasRecorded checks whether the contract and the settings are recorded.
func (tree releaseTree) hasRecorded(want bool) {
	tree.Helper()
	all := tree.files()
	contract, settings := all["api/released.yaml"] == all["api/openapi.yaml"], all["settings"] == "new\n"
	if contract != want || settings != want {
		tree.Errorf("the contract is recorded: %t, the settings: %t; want %t", contract, settings, want)
	}
}

// refuse checks that scripts/release fails and changes nothing.
func (tree releaseTree) refuse(tag, want string) {
	tree.Helper()
	before := tree.files()
	if out, err := tree.run("release", tag); err == nil || !strings.Contains(out, want) {
		tree.Errorf("scripts/release %s: %v\n%s", tag, err, out)
	}
	if diff := cmp.Diff(before, tree.files()); diff != "" {
		tree.Errorf("scripts/release %s failed and changed\n%s", tag, diff)
	}
}
