package internal_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// The image, the archives and the command with which docs/install.md verifies them have the same Go and the same flags, and so the same
// bytes.
func TestReleasesAreBuiltAlike(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "../go.mod"), "\ntoolchain go")
	version, _, ok := strings.Cut(rest, "\n")
	if !ok {
		t.Fatal("go.mod has no line toolchain")
	}
	const set = "-s -w -buildid= -X " + module + "internal/version.release="
	for name, all := range map[string][]string{
		"../Dockerfile":       {"golang:" + version + "-bookworm", "CGO_ENABLED=0", "-trimpath -buildvcs=false", set + "${VERSION}"},
		"../.goreleaser.yaml": {"CGO_ENABLED=0", "-trimpath, -buildvcs=false", set + "v{{ .Version }}"},
		"../docs/install.md": {
			"gateway v", " go" + version + " ", "CGO_ENABLED=0 GOTOOLCHAIN=go" + version, "-trimpath -buildvcs=false", set + "v$VERSION",
		},
	} {
		for _, want := range all {
			if !strings.Contains(read(t, name), want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
	if !strings.Contains(read(t, "version/version.go"), "\nvar release = ") {
		t.Error("the linker sets internal/version.release, which is missing")
	}
}

// A module that is linked without a license would fail the release.
func TestNotices(t *testing.T) {
	read(t, "../go.mod") // go test runs this again if it changes
	out, err := exec.CommandContext(t.Context(), "../scripts/notices").Output()
	if err != nil {
		t.Fatal(testkit.Complaint(err))
	}
	for _, want := range []string{"Go, go1.", "github.com/redis/go-redis/v9 v", "github.com/swaggest/swgui v", "Swagger UI"} {
		if !strings.Contains(string(out), "================ "+want) {
			t.Errorf("the notices have none of %s", want)
		}
	}
}
