package helm_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// Values of a chart end up in a Secret of Helm's, in repositories and in terminals: no secret may stand there.
func TestSecretsAreFiles(t *testing.T) {
	v := variables(t)
	var secrets int
	for line := range strings.Lines(config.Table()) {
		if !strings.Contains(line, "(secret) |") {
			continue
		}
		secrets++
		name := strings.Split(line, "`")[1]
		if places := v.places(name); !slices.Equal(places, []string{"files." + name + "_FILE"}) {
			t.Errorf("the secret %s has the places %q, want files.%s_FILE alone", name, places, name)
		}
	}
	if secrets == 0 {
		t.Error("the table of settings marks no secret")
	}
}

// Every setting reaches the container from each place that it has: the level of the log from config, then from a file.
func TestEveryVariableReachesTheGateway(t *testing.T) {
	defaults := defaults(t)
	for _, level := range []string{"config.LOG_LEVEL", "files.LOG_LEVEL_FILE"} {
		values := map[string]map[string]any{"config": {}, "files": {}}
		var want []string
		for _, name := range config.Names() {
			for _, place := range variables(t).places(name) {
				where, variable, _ := strings.Cut(place, ".")
				switch {
				case name == "LOG_LEVEL" && place != level:
					continue
				case where == "files":
					values[where][variable] = map[string]any{"secret": "s", "key": "k"}
				default:
					values[where][variable] = defaults[name]
				}
				want = append(want, variable)
			}
		}
		content, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		got := environment(t, render(t, written(t, string(content))), nil)
		for _, name := range want {
			if got[name] == "" {
				t.Errorf("%s does not reach the gateway", name)
			}
		}
	}
}

// defaults returns the values of all settings that stand in config, with AUTH_MODE=none, and an example of those without a default.
func defaults(t *testing.T) map[string]string {
	t.Helper()
	c, err := config.Load([]string{"AUTH_MODE=none", "ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "ADMIN_ADDR=:9090"})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, o := range c.Origins {
		values[o.Name] = cmp.Or(append([]string{o.Value}, append(settings[o.Name].good, "word")...)...)
	}
	return values
}
