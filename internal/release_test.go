package internal_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReleaseIsPrepared(t *testing.T) {
	tree := newReleaseTree(t)
	tree.prepare("v0.2.0")
	want := "[Unreleased]: https://example.com/compare/v0.2.0...HEAD\n[0.2.0]: https://example.com/compare/v0.1.0...v0.2.0\n"
	if changelog := tree.files()["CHANGELOG.md"]; versions(t, changelog)[0] != "0.2.0" || !strings.Contains(changelog, want) {
		t.Errorf("the changelog is\n%s", changelog)
	}
	tree.hasRecorded(true)
}

// The final release has the notes of its pre-releases, which have no sections. What they have may still change.
func TestPreReleaseLeavesNotesAndPromisesToTheRelease(t *testing.T) {
	tree := newReleaseTree(t)
	before := tree.files()["CHANGELOG.md"]
	for _, tag := range []string{"v1.0.0-rc.1", "v1.0.0-rc.2", "v1.0.0-rc.10"} {
		tree.prepare(tag)
	}
	if diff := cmp.Diff(before, tree.files()["CHANGELOG.md"]); diff != "" {
		t.Errorf("a pre-release changed the changelog:\n%s", diff)
	}
	tree.hasRecorded(false)
	tree.prepare("v1.0.0")
	tree.hasRecorded(true)
	tree.refuse("v1.0.0-rc.11", "older than 1.0.0")
}

func TestReleaseIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	tree := newReleaseTree(t)
	for _, tag := range []string{"0.2.0", "v0.2", "v0.3.0-rc..1", "v0.3.0-rc.", "v0.3.0-.1", "v0.3.0-rc.01", "v00.3.0", "v0.3.0+1"} {
		tree.refuse(tag, "not a version")
	}
	tree.refuse("v0.0.9", "older than 0.1.0")
	tree.refuse("v0.1.0-rc.1", "older than 0.1.0")
	tree.refuse("v0.1.0", "another change that is Unreleased")
	tree.prepare("v0.10.0")
	tree.refuse("v0.9.0", "older than 0.10.0")
	tree.refuse("v0.11.0", "no change that is Unreleased")
	tree.refuse("v0.11.0-rc.1", "no change that is Unreleased")
	changelog := tree.files()["CHANGELOG.md"]
	tree.write("CHANGELOG.md", strings.Replace(changelog, "\n## [Unreleased]\n", "\n## [Unreleased]\n\n### Added\n", 1))
	tree.refuse("v0.11.0", "no change that is Unreleased")
}

// A change that breaks clients or operators unannounced fails one of these tests.
func TestReleaseRefusesWhatBreaks(t *testing.T) {
	tree := newReleaseTree(t)
	for _, test := range []string{"TestContractIsCompatible", "TestReleasedSettingsAreAccepted", "TestReleasedMetricsAreKept"} {
		tree.write("bin/go", "#!/bin/sh\ncase \"$*\" in *"+test+"*) echo it breaks clients; exit 1 ;; esac\n")
		tree.refuse("v0.2.0", "it breaks clients")
	}
}

// What a registry has is replaced only if the registry says that it is absent: not after a failure of the network, and not without a
// signature, which an outage hides too. These are the exit statuses of Cosign.
func TestPublishedImagesAreKept(t *testing.T) {
	tree := newReleaseTree(t)
	for _, name := range []string{"IDENTITY", "ISSUER", "GITHUB_SHA"} {
		t.Setenv(name, name)
	}
	for status, want := range map[string]string{"0": "signed\n", "11": "absent\n", "1": "", "10": "", "12": ""} {
		tree.write("bin/cosign", "#!/bin/sh\nexit "+status+"\n")
		out, err := tree.run("published", "registry.example.com/gateway:0.2.0")
		failed := strings.HasPrefix(out, "::error::registry.example.com/gateway:0.2.0 may be published")
		if failed != (want == "") || (err != nil) != failed || !failed && out != want {
			t.Errorf("status %s of cosign: %v, %q", status, err, out)
		}
	}
}
