package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/api"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// change is what clients of the released contract can notice: a place that the comparison found, or a WARN or ERR of oasdiff, whose ID is
// that of its rule.
type change struct{ ID, Text string }

func oasdiff(t *testing.T) string { return testkit.GoTool(t, "../tools/oasdiff/go.mod", "oasdiff") }

// breaking returns the changes from a released contract to another one that break clients by the rules of oasdiff.
func breaking(t *testing.T, oasdiff string, released, contract []byte) (all []change) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "released.yaml")
	if err := os.WriteFile(file, released, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), oasdiff, "breaking", "--format", "json",
		"--deprecation-days-stable", strconv.Itoa(noticeDays), file, "-")
	command.Stdin = bytes.NewReader(contract)
	out, err := command.Output()
	if err != nil {
		t.Fatal(testkit.Complaint(err))
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return all
}

// changes returns what clients can notice, one change of each ID: what rules of oasdiff find repeats itself in every operation.
func changes(t *testing.T, released, contract []byte) []change {
	t.Helper()
	all := append(compare(parse(t, released), parse(t, contract), time.Now()), breaking(t, oasdiff(t), released, contract)...)
	slices.SortStableFunc(all, func(a, b change) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(all, func(a, b change) bool { return a.ID == b.ID })
}

// unannounced returns the changes that the changelog does not name. The name of a rule is enough for all that oasdiff finds by it: the
// comparison finds each place.
func unannounced(release testkit.Release, all []change) []change {
	return slices.DeleteFunc(all, func(c change) bool { return release.Intended("breaking: " + c.ID) })
}

// A change that clients of the released contract can notice is intended only if the changelog says so.
func TestContractIsCompatible(t *testing.T) {
	for _, release := range testkit.Releases(t, "../CHANGELOG.md") {
		t.Run(release.Name, func(t *testing.T) {
			for _, c := range unannounced(release, changes(t, release.File(t, "released.yaml", "openapi.yaml"), api.YAML)) {
				t.Errorf("Clients of the last release may break. If that is intended, an entry of the changelog has `breaking: %s`: %s", c.ID, c.Text)
			}
		})
	}
}

// The entry that docs/upgrading.md shows is enough for its change.
func TestDocumentedEntryAnnouncesItsChange(t *testing.T) {
	page, err := os.ReadFile("../docs/upgrading.md")
	if err != nil {
		t.Fatal(err)
	}
	_, entry, _ := strings.Cut(string(page), "\n```markdown\n")
	entry, _, _ = strings.Cut(entry, "```\n")
	all := changes(t, api.YAML, []byte(first(limit, strings.Replace(limit, "1000", "100", 1))(string(api.YAML))))
	if len(all) != 2 {
		t.Fatalf("the example changes %v, and not what a rule and the comparison find", all)
	}
	for text, want := range map[string]int{"": len(all), entry: 0} {
		changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
		if err := os.WriteFile(changelog, []byte("\n## [Unreleased]\n\n### Changed\n\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		if missing := unannounced(testkit.Releases(t, changelog)[0], slices.Clone(all)); len(missing) != want {
			t.Errorf("with the entry %q, the changelog does not name %v", text, missing)
		}
	}
}
