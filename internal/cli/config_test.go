package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

var settings = []string{
	"ROCKET_USERNAME=u", "ROCKET_PASSWORD=secret-1", "AUTH_MODE=none", "LISTEN_ADDR=127.0.0.1:8080",
	"REDIS_URL=redis://user:secret-2@cache.example.com:6379/1",
}

func TestConfigAsJSON(t *testing.T) {
	for _, flag := range []string{"--json", "-json", "-j"} {
		o := execute(t.Context(), append(slices.Clone(settings), "CACHE_FRESH_OPNE=1m"), "config", flag)
		o.want(t, 0, `^{\n  "settings": \[`, "")
		var got struct {
			Settings []config.Origin
			Warnings []string
		}
		if err := json.Unmarshal([]byte(o.stdout), &got); err != nil {
			t.Fatal(err)
		}
		for _, want := range []config.Origin{
			{Name: "ROCKET_PASSWORD", Value: "********", Source: "environment"},
			{Name: "REDIS_URL", Value: "redis://********@cache.example.com:6379/1", Source: "environment"},
			{Name: "CACHE_FRESH_OPEN", Value: "5m", Source: "default"},
		} {
			if !slices.Contains(got.Settings, want) {
				t.Errorf("no %+v in %s", want, o.stdout)
			}
		}
		if len(got.Settings) != len(config.Names()) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "CACHE_FRESH_OPNE") {
			t.Errorf("%d settings, warnings %q", len(got.Settings), got.Warnings)
		}
		if strings.Contains(o.stdout, "secret-") {
			t.Errorf("a secret is in %s", o.stdout)
		}
	}
}

func TestConfigAsJSONWithoutWarnings(t *testing.T) {
	execute(t.Context(), settings, "config", "--json").want(t, 0, `"warnings": \[\]\n}\n$`, "")
}

func TestConfigShowsWhereRedisIs(t *testing.T) {
	execute(t.Context(), settings, "config").want(t, 0, `(?m)^REDIS_URL +redis://\*{8}@cache\.example\.com:6379/1 +environment$`, "")
}

func TestFaultsOfConfigAsJSON(t *testing.T) {
	execute(t.Context(), settings[1:], "config", "--json").want(t, 1, "", `^gateway: ROCKET_USERNAME: is required`)
}

// The warnings of the process's limits come after those of the settings.
func TestConfigWarns(t *testing.T) {
	var stdout, stderr bytes.Buffer
	limited := fstest.MapFS{
		"proc/self/cgroup": {Data: []byte("0::/\n")}, "sys/fs/cgroup/memory.max": {Data: []byte("268435456\n")},
	}
	environ := append(slices.Clone(settings), "LISTEN_ADDR=:8080", "REDIS_URL=", "RATE_LIMIT=600/1m")
	status := run(t.Context(), []string{"config"}, process{environ: environ, root: limited, stdout: &stdout, stderr: &stderr})
	outcome{status, stdout.String(), stderr.String()}.want(t, 0, `(?m)^RATE_LIMIT +600/1m`, `^warning: AUTH_MODE=none .*
warning: RATE_LIMIT without REDIS_URL: .*
warning: CACHE_MEMORY_BYTES is 268435456, which needs a memory limit of 536870912; the container's is 268435456, .*
$`)
}
