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

// newReleaseTree returns one with a change that is Unreleased. In place of go, it has a command that does nothing: what scripts/release
// runs by it has its own tests.
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
	tree.write("bin/go", "#!/bin/sh\n")
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

func TestReleaseIsPrepared(t *testing.T) {
	tree := newReleaseTree(t)
	tree.prepare("v0.2.0")
	want := "[Unreleased]: https://example.com/compare/v0.2.0...HEAD\n[0.2.0]: https://example.com/compare/v0.1.0...v0.2.0\n"
	if changelog := tree.files()["CHANGELOG.md"]; versions(t, changelog)[0] != "0.2.0" || !strings.Contains(changelog, want) {
		t.Errorf("the changelog is\n%s", changelog)
	}
}

// The final release has the notes of its pre-releases, which have no sections.
func TestPreReleaseLeavesItsNotesToTheRelease(t *testing.T) {
	tree := newReleaseTree(t)
	before := tree.files()["CHANGELOG.md"]
	for _, tag := range []string{"v1.0.0-rc.1", "v1.0.0-rc.2", "v1.0.0-rc.10"} {
		tree.prepare(tag)
	}
	if diff := cmp.Diff(before, tree.files()["CHANGELOG.md"]); diff != "" {
		t.Errorf("a pre-release changed the changelog:\n%s", diff)
	}
	tree.prepare("v1.0.0")
	tree.refuse("v1.0.0-rc.11", "older than 1.0.0")
}

func TestReleaseIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	tree := newReleaseTree(t)
	tree.refuse("0.2.0", "not a version")
	tree.refuse("v0.0.9", "older than 0.1.0")
	tree.refuse("v0.1.0-rc.1", "older than 0.1.0")
	tree.refuse("v0.1.0", "another change that is Unreleased")
	tree.prepare("v0.10.0")
	tree.refuse("v0.9.0", "older than 0.10.0")
	tree.refuse("v0.11.0", "no change that is Unreleased")
	tree.refuse("v0.11.0-rc.1", "no change that is Unreleased")
}

// A change that breaks clients or operators unannounced fails one of these tests.
func TestReleaseRefusesWhatBreaks(t *testing.T) {
	tree := newReleaseTree(t)
	for _, test := range []string{"TestContractIsCompatible", "TestReleasedSettingsAreAccepted"} {
		tree.write("bin/go", "#!/bin/sh\ncase \"$*\" in *"+test+"*) echo it breaks clients; exit 1 ;; esac\n")
		tree.refuse("v0.2.0", "it breaks clients")
	}
}
