package config_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// bases return what Load makes of the settings that are bases.
var bases = map[string]func(*config.Config) *url.URL{
	"ROCKET_URL":       func(c *config.Config) *url.URL { return c.RocketURL },
	"ROCKET_OAUTH_URL": func(c *config.Config) *url.URL { return c.RocketOAuthURL },
}

// Rocket's base may be written as its page has it, or as the vendor's SDK has it.
func TestRocketURL(t *testing.T) {
	wantURLs(t, "ROCKET_URL", map[string]string{
		"https://rocket.example.com":                    "https://rocket.example.com",
		"https://rocket.example.com/":                   "https://rocket.example.com",
		"https://rocket.example.com/rocketsvc":          "https://rocket.example.com/rocketsvc",
		"https://rocket.example.com/rocketsvc/":         "https://rocket.example.com/rocketsvc",
		"https://rocket.example.com/rocketsvc/api/v4":   "https://rocket.example.com/rocketsvc",
		"https://rocket.example.com/rocketsvc/api/v4/":  "https://rocket.example.com/rocketsvc",
		"https://rocket.example.com/rocketsvc//api/v4/": "https://rocket.example.com/rocketsvc",
		"https://rocket.example.com/api/v4":             "https://rocket.example.com",
		"https://rocket.example.com/api/v4/rocketsvc":   "https://rocket.example.com/api/v4/rocketsvc",
		"https://rocket.example.com/myapi/v4":           "https://rocket.example.com/myapi/v4",
		"HTTPS://Rocket.Example.com:8443/x":             "https://rocket.example.com:8443/x",
		"http://[::1]:8080/rocketsvc":                   "http://[::1]:8080/rocketsvc",
	})
}

func TestOAuthURL(t *testing.T) {
	wantURLs(t, "ROCKET_OAUTH_URL", map[string]string{
		"https://login.example.com":                    "https://login.example.com",
		"https://login.example.com/":                   "https://login.example.com",
		"https://login.example.com/oauth2/token":       "https://login.example.com",
		"https://login.example.com/base/oauth2/token/": "https://login.example.com/base",
		"https://login.example.com/base//oauth2/token": "https://login.example.com/base",
	})
}

func wantURLs(t *testing.T, name string, table map[string]string) {
	t.Helper()
	for given, want := range table {
		if got := bases[name](load(t, with(name+"="+given))).String(); got != want {
			t.Errorf("%s is parsed as %s, want %s", given, got, want)
		}
	}
}

func TestBadURLs(t *testing.T) {
	for name := range bases {
		for _, value := range []string{
			"rocket.example.com", "//rocket.example.com", "ftp://rocket.example.com", "mailto:rocket@example.com",
			"https://", "https:///rocketsvc", "https://:8443/x", "https://rocket.example.com:port", "https://rocket example.com",
			"https://rocket.example.com:0", "https://rocket.example.com:65536",
			"https://rocket.example.com?x=1", "https://rocket.example.com/?", "https://rocket.example.com#x",
			"https://user@rocket.example.com", "https://rocket.example.com/%zz",
		} {
			t.Run(name+"="+value, func(t *testing.T) { wantFault(t, with(name+"="+value), name, ": must ") })
		}
	}
}

// The value may contain a password, even if it is no URL that can be parsed.
func TestBadURLsAreNotRepeated(t *testing.T) {
	for _, name := range []string{"ROCKET_URL", "ROCKET_OAUTH_URL", "REDIS_URL"} {
		for _, value := range []string{
			"https://user:" + password + "@rocket.example.com", "https://user:" + password + "%zz@rocket.example.com",
			"user:" + password + "@rocket.example.com", "https://rocket.example.com:" + password,
		} {
			lines := faults(t, with(name+"="+value))
			if len(lines) != 1 || strings.Contains(lines[0], password) {
				t.Errorf("%s: %q, want one fault without the password", name, lines)
			}
		}
	}
}
