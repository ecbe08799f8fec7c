package internal_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kinds are the sections that Keep a Changelog has, in its order.
var kinds = []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

var (
	released     = regexp.MustCompile(`^## \[(\d+\.\d+\.\d+\S*)\] - (\d{4}-\d{2}-\d{2})$`)
	relativeLink = regexp.MustCompile(`\]\([^h)]`)
)

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// versions returns those of the changelog, the newest first.
func versions(t *testing.T, changelog string) (all []string) {
	t.Helper()
	for line := range strings.Lines(changelog) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "## ") || line == "## [Unreleased]" {
			continue
		}
		m := released.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("this is no heading of a version: %s", line)
		}
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatal("CHANGELOG.md has no version")
	}
	return all
}

// The changelog has the format that its first line names.
func TestChangelogIsWellFormed(t *testing.T) {
	changelog := read(t, "../CHANGELOG.md")
	sections := strings.Split(changelog, "\n## ")[1:]
	if !strings.HasPrefix(sections[0], "[Unreleased]\n") {
		t.Error("the first section is not Unreleased")
	}
	for _, section := range sections {
		heading, _, _ := strings.Cut(section, "\n")
		last := -1
		for line := range strings.Lines(section) {
			kind, ok := strings.CutPrefix(strings.TrimSpace(line), "### ")
			if !ok {
				continue
			}
			if i := slices.Index(kinds, kind); i > last {
				last = i
			} else {
				t.Errorf("%s: %q is not one of %v, each once and in this order", heading, kind, kinds)
			}
		}
	}
	for _, name := range append(versions(t, changelog), "Unreleased") {
		if !strings.Contains(changelog, "\n["+name+"]: https://") {
			t.Errorf("%s has no link at the end", name)
		}
	}
}

// The notes of a release are its section of the changelog, with links that hold outside the repository.
func TestReleaseNotes(t *testing.T) {
	changelog := read(t, "../CHANGELOG.md")
	for _, version := range versions(t, changelog) {
		out, err := exec.CommandContext(t.Context(), "../scripts/release-notes", "v"+version).CombinedOutput()
		notes := string(out)
		if err != nil || strings.Contains(notes, "\n## ") || relativeLink.MatchString(notes) {
			t.Errorf("v%s: %v, and the notes are\n%s", version, err, notes)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "../scripts/release-notes", "v999.0.0").CombinedOutput(); err == nil {
		t.Errorf("a version without a section has notes: %s", out)
	}
}

// The chart is released with the gateway, in the same version.
func TestChartHasTheVersionOfTheRelease(t *testing.T) {
	version := versions(t, read(t, "../CHANGELOG.md"))[0]
	chart := read(t, "../deploy/helm/rocket-gateway/Chart.yaml")
	if !strings.Contains(chart, "\nversion: "+version+"\nappVersion: "+version+"\n") {
		t.Errorf("Chart.yaml has not the version %s: scripts/release writes it", version)
	}
}
