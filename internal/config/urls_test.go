package config_test

import (
	"strings"
	"testing"
)

// Rocket's base may be written as its page has it, or as the vendor's SDK has it.
func TestRocketURL(t *testing.T) {
	for given, want := range map[string]string{
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
		"HTTPS://rocket.example.com:8443/x":             "https://rocket.example.com:8443/x",
		"http://[::1]:8080/rocketsvc":                   "http://[::1]:8080/rocketsvc",
	} {
		if got := load(t, with("ROCKET_URL="+given)).RocketURL.String(); got != want {
			t.Errorf("%s is taken as %s, want %s", given, got, want)
		}
	}
}

func TestRocketOAuthURL(t *testing.T) {
	for given, want := range map[string]string{
		"https://login.example.com":                    "https://login.example.com",
		"https://login.example.com/":                   "https://login.example.com",
		"https://login.example.com/oauth2/token":       "https://login.example.com",
		"https://login.example.com/base/oauth2/token/": "https://login.example.com/base",
		"https://login.example.com/base//oauth2/token": "https://login.example.com/base",
	} {
		if got := load(t, with("ROCKET_OAUTH_URL="+given)).RocketOAuthURL.String(); got != want {
			t.Errorf("%s is taken as %s, want %s", given, got, want)
		}
	}
}

func TestBadURLs(t *testing.T) {
	for _, name := range []string{"ROCKET_URL", "ROCKET_OAUTH_URL"} {
		for _, value := range []string{
			"rocket.example.com", "//rocket.example.com", "ftp://rocket.example.com", "mailto:rocket@example.com",
			"https://", "https:///rocketsvc", "https://:8443/x", "https://rocket.example.com:port", "https://rocket example.com",
			"https://rocket.example.com?x=1", "https://rocket.example.com/?", "https://rocket.example.com#x",
			"https://user@rocket.example.com", "https://rocket.example.com/%zz",
		} {
			t.Run(name+"="+value, func(t *testing.T) { wantFault(t, with(name+"="+value), name, "must") })
		}
	}
}

// The value may hold a password, even where it is no URL that could be read.
func TestBadURLsAreNotRepeated(t *testing.T) {
	for _, value := range []string{
		"https://user:" + password + "@rocket.example.com", "https://user:" + password + "%zz@rocket.example.com",
		"user:" + password + "@rocket.example.com",
	} {
		for _, name := range []string{"ROCKET_URL", "ROCKET_OAUTH_URL", "REDIS_URL"} {
			lines := faults(t, with(name+"="+value))
			if len(lines) != 1 || strings.Contains(lines[0], password) {
				t.Errorf("%s: %q, want one fault without the password", name, lines)
			}
		}
	}
}
