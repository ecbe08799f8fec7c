package testkit

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Release is the last release, which a change must be compatible with.
type Release struct {
	Name      string // its tag, or "recorded" for what the files of this commit say about it
	changelog string // of the versions after it
}

// Releases returns the last release as this commit records it, and as its tag has it, which no commit can change. A clone without tags,
// and a directory without git, have only the first.
func Releases(t testing.TB, changelog string) []Release {
	t.Helper()
	content, err := os.ReadFile(changelog)
	if err != nil {
		t.Fatal(err)
	}
	all := []Release{{Name: "recorded", changelog: after("", string(content))}}
	if tag := TagBefore(t); tag != "" {
		all = append(all, Release{Name: tag, changelog: after(tag, string(content))})
	}
	return all
}

// TagBefore returns the newest tag of a release in the history of HEAD, without those of HEAD itself, or "". A candidate promises nothing,
// and is no release.
func TagBefore(t testing.TB) string {
	t.Helper()
	trackTags(t.Context())
	tags, _ := Git(t.Context(), "tag", "--list", "v*", "--merged", "HEAD", "--no-contains", "HEAD", "--sort=-version:refname").Output()
	for tag := range strings.FieldsSeq(string(tags)) {
		if !strings.Contains(tag, "-") {
			return tag
		}
	}
	return ""
}

// Released returns the tag that a changelog implies: that of the version before its newest one, which may have none yet. It returns "" if
// there is one version.
func Released(t testing.TB, changelog string) string {
	t.Helper()
	content, err := os.ReadFile(changelog)
	if err != nil {
		t.Fatal(err)
	}
	versions := versionHeading.FindAllStringSubmatch(string(content), 2)
	if len(versions) < 2 {
		return ""
	}
	return "v" + versions[1][1]
}

var versionHeading = regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\]`)

// after returns the sections of a changelog above that of a tag, or above the first one that has a version.
func after(tag, changelog string) string {
	_, sections, _ := strings.Cut(changelog, "\n## [Unreleased]\n")
	if above, _, ok := strings.Cut(sections, "\n## ["+strings.TrimPrefix(tag, "v")+"]"); ok {
		return above
	}
	unreleased, _, _ := strings.Cut(sections, "\n## [")
	return unreleased
}

// File returns what a release has in a file: its record, or the file itself at its tag. Both are in the directory of the test.
func (r Release) File(t testing.TB, record, file string) []byte {
	t.Helper()
	read := func() ([]byte, error) { return os.ReadFile(record) }
	if r.Name != "recorded" {
		read = Git(t.Context(), "show", r.Name+":./"+file).Output
	}
	content, err := read()
	if err != nil {
		t.Fatal(Complaint(err))
	}
	return content
}

// Intended reports whether an entry of the changelog since the release has all of some words, each as code.
func (r Release) Intended(words ...string) bool {
	for entry := range strings.SplitSeq(r.changelog, "\n- ") {
		entry = strings.Join(strings.Fields(entry), " ")
		missing := false
		for _, word := range words {
			missing = missing || !strings.Contains(entry, "`"+word+"`")
		}
		if !missing {
			return true
		}
	}
	return false
}
