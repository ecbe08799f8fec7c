package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/api"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// change is what clients of the released contract can notice: a WARN or ERR of oasdiff, or a place that the comparison found.
type change struct{ ID, Text, Operation, Path string }

// names are what an entry of the changelog has if the change is intended.
func (c change) names() []string {
	if operation := strings.TrimSpace(c.Operation + " " + c.Path); operation != "" {
		return []string{"breaking: " + c.ID, operation}
	}
	return []string{"breaking: " + c.ID}
}

func oasdiff(t *testing.T) string { return testkit.GoTool(t, "../tools/oasdiff/go.mod", "oasdiff") }

// breaking returns the changes from a released contract to another one that break clients by the rules of oasdiff.
func breaking(t *testing.T, oasdiff string, released, contract []byte) (all []change) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "released.yaml")
	if err := os.WriteFile(file, released, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), oasdiff, "breaking", "--format", "json", file, "-")
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

// A change that clients of the released contract can notice is intended only if the changelog says so.
func TestContractIsCompatible(t *testing.T) {
	for _, release := range testkit.Releases(t, "../CHANGELOG.md") {
		t.Run(release.Name, func(t *testing.T) {
			released := release.File(t, "released.yaml", "openapi.yaml")
			for _, c := range append(compare(parse(t, released), parse(t, api.YAML)), breaking(t, oasdiff(t), released, api.YAML)...) {
				if !release.Intended(c.names()...) {
					t.Errorf("%s: %s. Clients of the last release may break. If that is intended, an entry of the changelog has `%s`.",
						strings.Join(c.names(), ", "), c.Text, strings.Join(c.names(), "` and `"))
				}
			}
		})
	}
}
