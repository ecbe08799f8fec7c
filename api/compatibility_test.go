package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/api"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// change is what clients of the released contract can notice: a WARN or ERR of oasdiff.
type change struct{ ID, Text, Operation, Path string }

func oasdiff(t *testing.T) string { return testkit.GoTool(t, "../tools/oasdiff/go.mod", "oasdiff") }

// breaking returns the changes from the released contract to another one.
func breaking(t *testing.T, oasdiff string, contract []byte) (all []change) {
	t.Helper()
	command := exec.CommandContext(t.Context(), oasdiff, "breaking", "--format", "json", "released.yaml", "-")
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

// named reports whether an entry of a changelog's section Unreleased names the change by its id and operation.
func (c change) named(changelog string) bool {
	_, unreleased, _ := strings.Cut(changelog, "\n## [Unreleased]\n")
	unreleased, _, _ = strings.Cut(unreleased, "\n## ")
	for entry := range strings.SplitSeq(unreleased, "\n- ") {
		words := strings.Join(strings.Fields(entry), " ")
		if strings.Contains(words, "`breaking: "+c.ID+"`") && strings.Contains(words, "`"+c.Operation+" "+c.Path+"`") {
			return true
		}
	}
	return false
}

// A change that breaks clients of the released contract is intended only if the changelog says so.
func TestContractIsCompatible(t *testing.T) {
	changelog, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range breaking(t, oasdiff(t), api.YAML) {
		if !c.named(string(changelog)) {
			t.Errorf("%s %s: %s. Clients of the last release (released.yaml) break. If that is intended, an entry of the changelog's section "+
				"Unreleased has `breaking: %s` and `%s %s`.", c.Operation, c.Path, c.Text, c.ID, c.Operation, c.Path)
		}
	}
}

// The check above refuses what breaks clients, and nothing else.
func TestBreakingChanges(t *testing.T) {
	released, err := os.ReadFile("released.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tool := oasdiff(t)
	const search, limit = "        - {$ref: '#/components/parameters/Search'}\n", "schema: {type: integer, minimum: 1, maximum: 1000}"
	for _, tt := range []struct{ name, old, replacement, want string }{
		{"an optional parameter is added", search, search + "        - {name: new, in: query, schema: {type: string}}\n", ""},
		{"an operation is added", "\npaths:\n", "\npaths:\n  /v1/new: {get: {responses: {'200': {description: new}}}}\n", ""},
		{"a bound is raised", limit, strings.Replace(limit, "1000", "2000", 1), ""},
		{"a description changes", "summary: List usage rows", "summary: Usage rows", ""},
		{"a parameter is removed", search, "", "request-parameter-removed"},
		{"a required parameter is added", search, search + "        - {name: new, in: query, required: true, schema: {type: string}}\n",
			"new-required-request-parameter"},
		{"a bound is lowered", limit, strings.Replace(limit, "1000", "100", 1), "request-parameter-max-decreased"},
		{"an operation is removed", "  /v1/me:\n", "  /v1/caller:\n", "api-path-removed-without-deprecation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			changed := bytes.ReplaceAll(released, []byte(tt.old), []byte(tt.replacement))
			if bytes.Equal(changed, released) {
				t.Fatalf("the contract has no %q", tt.old)
			}
			changes := breaking(t, tool, changed)
			if (len(changes) == 0) != (tt.want == "") {
				t.Fatalf("got %v, want %q", changes, tt.want)
			}
			for _, c := range changes {
				if c.ID != tt.want {
					t.Errorf("got %v, want %q", c, tt.want)
				}
			}
		})
	}
}

func TestNamedInTheChangelog(t *testing.T) {
	c := change{ID: "request-parameter-removed", Operation: "GET", Path: "/v1/{provider}/usages"}
	const entry = "- `q` is gone (`breaking: request-parameter-removed`,\n  `GET /v1/{provider}/usages`).\n"
	for _, tt := range []struct {
		name, changelog string
		want            bool
	}{
		{"named", "# Changelog\n\n## [Unreleased]\n\n### Removed\n\n- Another.\n" + entry + "\n## [0.1.0] - 2026-11-28\n", true},
		{"in an older section", "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-28\n\n### Removed\n\n" + entry, false},
		{"another operation", "# Changelog\n\n## [Unreleased]\n\n" + strings.Replace(entry, "usages", "customers", 1), false},
		{
			"another change", "# Changelog\n\n## [Unreleased]\n\n" + strings.Replace(entry, "parameter-removed", "parameter-max-decreased", 1),
			false,
		},
		{"id and operation in different entries", "# Changelog\n\n## [Unreleased]\n\n" + strings.Replace(entry, ",\n", "\n- ", 1), false},
	} {
		if got := c.named(tt.changelog); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}
