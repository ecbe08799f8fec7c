package config_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

var release = flag.Bool("release", false, "write the names of all settings to "+releasedSettings+"; scripts/release does so")

const releasedSettings = "testdata/released-settings.txt"

// A setting of the last release still has its effect. One that is removed or renamed would leave its default in effect, unnoticed but for
// a warning: an operator's limit or key would be gone after an upgrade.
func TestReleasedSettingsAreAccepted(t *testing.T) {
	if *release {
		if err := os.WriteFile(releasedSettings, []byte(strings.Join(config.KnownNames(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(releasedSettings)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(string(content)) {
		if name = strings.TrimSpace(name); !slices.Contains(config.KnownNames(), name) {
			t.Errorf("%s is a setting of the last release and none of this one. Let the old name continue to work, with a warning that has the "+
				"new one, for at least one release (docs/upgrading.md).", name)
		}
	}
}
