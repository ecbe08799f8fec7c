package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// Files names every file that a reload depends on: secrets, the log level, accounts and their passwords.
func TestFilesThatWereRead(t *testing.T) {
	dir := t.TempDir()
	keep := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	files := []string{
		keep("password", "secret"), keep("level", "debug"), keep("redis", "redis://localhost"),
		keep("accounts.yaml", "accounts: [{name: latam, username: u, password_file: latam}]\n"+
			"rules: [{providers: [aws], account: latam}]\ndefault: default\n"),
		keep("latam", "secret"),
	}
	c := load(t, with("ROCKET_PASSWORD=", "ROCKET_PASSWORD_FILE="+files[0], "LOG_LEVEL_FILE="+files[1], "REDIS_URL_FILE="+files[2],
		"ROCKET_ACCOUNTS_FILE="+files[3]))
	got := slices.Sorted(slices.Values(c.Files))
	if diff := cmp.Diff(slices.Sorted(slices.Values(files)), got); diff != "" {
		t.Error(diff)
	}
	if c.LogLevel.String() != "DEBUG" {
		t.Errorf("LOG_LEVEL_FILE: %s", c.LogLevel)
	}
	if want := (config.Origin{Name: "LOG_LEVEL", Value: "debug", Source: "file " + files[1]}); origin(t, c, "LOG_LEVEL") != want {
		t.Errorf("%+v", origin(t, c, "LOG_LEVEL"))
	}
	wantFault(t, with("LOG_LEVEL=info", "LOG_LEVEL_FILE="+files[1]), "LOG_LEVEL", "LOG_LEVEL_FILE", "keep one")
}
