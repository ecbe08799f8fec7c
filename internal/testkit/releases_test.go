package testkit_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const changelog = `# Changelog

## [Unreleased]

### Removed

- Another.
- ` + "`q` is gone (`breaking: parameter-removed`,\n  `GET\n  /usages`)." + `

## [0.2.0] - 2026-12-01

- ` + "`x` is gone (`breaking: x`)." + `

## [0.2.0-rc.1] - 2026-12-01

- ` + "`y` is gone (`breaking: y`)." + `

## [0.1.0] - 2026-11-28

- ` + "`z` is gone (`breaking: z`)." + `
`

func TestTagBefore(t *testing.T) {
	for _, tt := range []struct {
		name string
		tags []string
		want string
	}{
		{"no tag", nil, ""},
		{"the newest version, not the newest tag", []string{"v0.1.0", "v0.10.0", "v0.9.0"}, "v0.10.0"},
		{"a candidate is none", []string{"v0.1.0", "v1.0.0-rc.1"}, "v0.1.0"},
		{"a client's release is none", []string{"v0.1.0", "client/v0.2.0"}, "v0.1.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			repository(t, tt.tags...)
			if got := testkit.TagBefore(t); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(tt.tags) == 0 {
				return
			}
			git(t, "tag", "v99.0.0")
			if got := testkit.TagBefore(t); got != tt.want {
				t.Errorf("with a tag of HEAD: got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("no git", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if got := testkit.TagBefore(t); got != "" {
			t.Errorf("got %q", got)
		}
	})
}

func TestReleased(t *testing.T) {
	for content, want := range map[string]string{
		changelog: "v0.1.0", "## [Unreleased]\n\n## [0.1.0] - 2026-11-28\n": "", "## [0.1.0]\n": "", "": "",
		"## [0.10.1] - 2027-01-02\n\n## [0.10.0] - 2027-01-01\n\n## [0.9.0] - 2026-12-30\n": "v0.10.0",
	} {
		file := filepath.Join(t.TempDir(), "changelog")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := testkit.Released(t, file); got != want {
			t.Errorf("got %q, want %q of\n%s", got, want, content)
		}
	}
}

func TestReleases(t *testing.T) {
	repository(t, "v0.1.0")
	if err := os.WriteFile("record", []byte("recorded"), 0o600); err != nil {
		t.Fatal(err)
	}
	releases := testkit.Releases(t, "changelog")
	if len(releases) != 2 {
		t.Fatalf("got %v", releases)
	}
	for i, want := range []string{"recorded", "v0.1.0"} {
		if content := string(releases[i].File(t, "record", "file")); content != want || releases[i].Name != want {
			t.Errorf("%s has %q, want %q", releases[i].Name, content, want)
		}
	}
	for _, tt := range []struct {
		words         []string
		recorded, tag bool
	}{
		{[]string{"breaking: parameter-removed", "GET /usages"}, true, true},
		{[]string{"breaking: parameter-removed", "GET /customers"}, false, false},
		{[]string{"breaking: parameter-removed", "breaking: x"}, false, false}, // of two entries
		{[]string{"breaking: x"}, false, true},
		{[]string{"breaking: y"}, false, true},
		{[]string{"breaking: z"}, false, false},
	} {
		if recorded, tag := releases[0].Intended(tt.words...), releases[1].Intended(tt.words...); recorded != tt.recorded || tag != tt.tag {
			t.Errorf("%q: %t and %t, want %t and %t", tt.words, recorded, tag, tt.recorded, tt.tag)
		}
	}
}
