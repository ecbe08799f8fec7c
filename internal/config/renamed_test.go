package config_test

import (
	"maps"
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
		"CACHE_TTL is the old name of CACHE_FRESH_OPEN and will have no effect in a later version; set CACHE_FRESH_OPEN instead",
		"JWT_SECRET_FILE is the old name of AUTH_HS256_SECRET_FILE and will have no effect in a later version; " +
			"set AUTH_HS256_SECRET_FILE instead",
	}
	if !slices.Equal(c.Warnings, want) {
		t.Errorf("warnings %q, want %q", c.Warnings, want)
	}
	only, err := config.LoadOnly([]string{"JWT_SECRET=" + authSecret}, "AUTH_")
	if err != nil || only.AuthHS256Secret.Reveal() != authSecret {
		t.Errorf("got %v and %v", only, err)
	}
}

// During a roll-out, replicas of two versions may have one environment, and so both names.
func TestTheOldNameBesideTheNewOne(t *testing.T) {
	rename(t, "CACHE_TTL", "CACHE_FRESH_OPEN")
	c := load(t, with("CACHE_TTL=7m", "CACHE_FRESH_OPEN=7m"))
	if c.CacheFreshOpen.Minutes() != 7 || len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "CACHE_TTL is the old name") {
		t.Errorf("got %v with warnings %q", c.CacheFreshOpen, c.Warnings)
	}
	wantFault(t, with("CACHE_TTL=7m", "CACHE_FRESH_OPEN=8m"), "CACHE_TTL",
		"is the old name of CACHE_FRESH_OPEN, which has another value; remove one")
}

// Faults name a variable that the operator knows. Those of other settings do not hide that a name is old.
func TestFaultsOfRenamedSettings(t *testing.T) {
	const (
		ttl    = "CACHE_TTL: is the old name of CACHE_FRESH_OPEN and will have no effect in a later version; set CACHE_FRESH_OPEN instead"
		secret = "JWT_SECRET_FILE: is the old name of AUTH_HS256_SECRET_FILE and will have no effect in a later version; " +
			"set AUTH_HS256_SECRET_FILE instead"
	)
	rename(t, "CACHE_TTL", "CACHE_FRESH_OPEN")
	rename(t, "JWT_SECRET", "AUTH_HS256_SECRET")
	for _, tt := range []struct{ environ, want []string }{
		{[]string{"CACHE_TTL=5"}, []string{`CACHE_FRESH_OPEN: must be a duration of at least 0s, as in 90s or 5m (set as CACHE_TTL)`, ttl}},
		{[]string{"CACHE_TTL=5m", "DOCS=1"}, []string{"DOCS: must be on or off", ttl}},
		{
			[]string{"JWT_SECRET_FILE=/nowhere", "AUTH_MODE=jwt"},
			[]string{"AUTH_HS256_SECRET: its file /nowhere cannot be read: it does not exist (set as JWT_SECRET_FILE)", secret},
		},
		{
			[]string{"JWT_SECRET_FILE=" + file(t, authSecret), "AUTH_MODE=jwt", "AUTH_PUBLIC_KEY_FILE=" + certFile},
			[]string{
				"AUTH_HS256_SECRET: keys come from one source; keep one of AUTH_HS256_SECRET, AUTH_PUBLIC_KEY_FILE (set as JWT_SECRET_FILE)",
				secret,
			},
		},
		{
			[]string{"JWT_SECRET=" + authSecret, "AUTH_HS256_SECRET_FILE=/nowhere", "AUTH_MODE=jwt"},
			[]string{
				"AUTH_HS256_SECRET: both it and AUTH_HS256_SECRET_FILE are set; keep one (set as JWT_SECRET)",
				strings.ReplaceAll(secret, "_FILE", ""),
			},
		},
	} {
		if got := faults(t, with(tt.environ...)); !slices.Equal(got, tt.want) {
			t.Errorf("%q:\n%s\nwant\n%s", tt.environ, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
	rename(t, "CACHE_BYTES", "CACHE_MEMORY_BYTES")
	want := "CACHE_MAX_ENTRY_BYTES: must not be larger than CACHE_MEMORY_BYTES (CACHE_MEMORY_BYTES is set as CACHE_BYTES)"
	if got := faults(t, with("CACHE_BYTES=1000")); len(got) != 2 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err := config.LoadOnly([]string{"JWT_SECRET=short"}, "AUTH_")
	if err == nil || !strings.Contains(err.Error(), "(set as JWT_SECRET)\nJWT_SECRET: is the old name") {
		t.Errorf("got %v", err)
	}
}

func TestOldNamesAreAccepted(t *testing.T) {
	rename(t, "JWT_SECRET", "AUTH_HS256_SECRET")
	given := config.Given([]string{"JWT_SECRET_FILE=/x", "AUTH_MODE=jwt", "HOME=/root"})
	if want := map[string]string{"JWT_SECRET_FILE": "/x", "AUTH_MODE": "jwt"}; !maps.Equal(given, want) {
		t.Errorf("got %q, want %q", given, want)
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
