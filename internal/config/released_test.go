package config_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var release = flag.Bool("release", false, "write the names of all settings to "+releasedSettings+"; scripts/release does so")

const releasedSettings = "testdata/released-settings.txt"

// A setting of the last release still has its effect. One that is removed or renamed would leave its default in effect, unnoticed but for
// a warning: an operator's limit or key would be gone after an upgrade.
func TestReleasedSettingsAreAccepted(t *testing.T) {
	accepted := config.Accepted()
	if *release {
		if err := os.WriteFile(releasedSettings, []byte(strings.Join(accepted, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range testkit.Releases(t, "../../CHANGELOG.md") {
		t.Run(r.Name, func(t *testing.T) {
			for name := range strings.FieldsSeq(string(r.File(t, releasedSettings, releasedSettings))) {
				if !slices.Contains(accepted, name) && !r.Intended("breaking: "+name) {
					t.Errorf("%s is a setting of the last release and none of this one. Let the old name continue to work for at least one release "+
						"(renamed.go). To end it after that, an entry of the changelog has `breaking: %s`.", name, name)
				}
			}
		})
	}
}
