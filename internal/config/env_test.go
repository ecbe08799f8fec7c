package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

const (
	password      = "hunter2-rocket"
	redisPassword = "hunter2-redis"
	sealKey       = "aHVudGVyMi1zZWFsLWh1bnRlcjItc2VhbC1odW50ZXI=" // 32 bytes
	authSecret    = "hunter2-a-secret-of-forty-bytes-or-more.."
	redisURL      = "rediss://gateway:" + redisPassword + "@cache.example.com:6380/2"

	redisURLMasked = "rediss://********@cache.example.com:6380/2"
)

// required is the least environment that loads without a fault or a warning.
var required = []string{"ROCKET_USERNAME=service", "ROCKET_PASSWORD=" + password, "AUTH_MODE=none", "LISTEN_ADDR=127.0.0.1:8080"}

// secrets are the settings that may come as NAME_FILE, each with a value that is right for it.
var secrets = map[string]string{
	"ROCKET_PASSWORD": password, "REDIS_URL": redisURL, "TOKEN_ENCRYPTION_KEYS": sealKey, "AUTH_HS256_SECRET": authSecret,
}

// with is the required environment and more; the last one of a name counts.
func with(more ...string) []string { return slices.Concat(required, more) }

func load(t *testing.T, environ []string) *config.Config {
	t.Helper()
	c, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faults returns the faults that Load returns, or none.
func faults(t testing.TB, environ []string) []string {
	t.Helper()
	c, err := config.Load(environ)
	if err == nil {
		return nil
	}
	var lines config.Faults
	if !errors.As(err, &lines) || len(lines) == 0 {
		t.Fatalf("the error is %T, not Faults", err)
	}
	if c != nil {
		t.Error("a configuration came along with the faults")
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != len(lines) {
		t.Errorf("%d faults are printed in %d lines", len(lines), got)
	}
	return lines
}

// wantFault checks that there is exactly one fault, that it names the variable, and that it contains each of the words.
func wantFault(t *testing.T, environ []string, name string, words ...string) {
	t.Helper()
	lines := faults(t, environ)
	if len(lines) != 1 {
		t.Fatalf("got %d faults, want one about %s: %q", len(lines), name, lines)
	}
	if !strings.HasPrefix(lines[0], name+": ") {
		t.Errorf("the fault does not begin with %s: %q", name, lines[0])
	}
	for _, w := range words {
		if !strings.Contains(lines[0], w) {
			t.Errorf("the fault does not contain %q: %q", w, lines[0])
		}
	}
}

func origin(t *testing.T, c *config.Config, name string) config.Origin {
	t.Helper()
	i := slices.IndexFunc(c.Origins, func(o config.Origin) bool { return o.Name == name })
	if i < 0 {
		t.Fatalf("%s is not among the origins", name)
	}
	return c.Origins[i]
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
