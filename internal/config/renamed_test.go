package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// rename has a setting have an old name during a test.
func rename(t *testing.T, old, name string) {
	t.Helper()
	config.Renamed[old] = name
	t.Cleanup(func() { delete(config.Renamed, old) })
}

func TestARenamedSettingWorks(t *testing.T) {
	rename(t, "CACHE_TTL", "CACHE_FRESH_OPEN")
	rename(t, "JWT_SECRET", "AUTH_HS256_SECRET")
	c := load(t, with("CACHE_TTL=7m", "AUTH_MODE=jwt", "JWT_SECRET_FILE="+file(t, authSecret)))
	if c.CacheFreshOpen.Minutes() != 7 || c.AuthHS256Secret.Reveal() != authSecret {
		t.Errorf("got %v and %q", c.CacheFreshOpen, c.AuthHS256Secret)
	}
	want := []string{
		"CACHE_TTL is the old name of CACHE_FRESH_OPEN and will have no effect in a later version; rename it",
		"JWT_SECRET_FILE is the old name of AUTH_HS256_SECRET_FILE and will have no effect in a later version; rename it",
	}
	if !slices.Equal(c.Warnings, want) {
		t.Errorf("warnings %q, want %q", c.Warnings, want)
	}
	only, err := config.LoadOnly([]string{"JWT_SECRET=" + authSecret}, "AUTH_")
	if err != nil || only.AuthHS256Secret.Reveal() != authSecret {
		t.Errorf("got %v and %v", only, err)
	}
}

func TestTheOldNameBesideTheNewOne(t *testing.T) {
	rename(t, "CACHE_TTL", "CACHE_FRESH_OPEN")
	_, err := config.Load(with("CACHE_TTL=7m", "CACHE_FRESH_OPEN=8m"))
	if err == nil || !strings.HasPrefix(err.Error(), "CACHE_TTL: is the old name of CACHE_FRESH_OPEN, which is set too; remove one") {
		t.Errorf("got %v", err)
	}
}

// A row leads to a setting, and its old name is none.
func TestRenamedSettings(t *testing.T) {
	for old, name := range config.Renamed {
		if known := config.Names(); slices.Contains(known, old) || !slices.Contains(known, name) {
			t.Errorf("%s → %s", old, name)
		}
	}
}
