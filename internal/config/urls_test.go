package config_test

import (
	"strings"
	"testing"
)

// The forms that a base may have are in package baseurl; this is which of them a setting takes.
func TestBaseURLs(t *testing.T) {
	c := load(t, with("ROCKET_URL=https://rocket.example.com/svc/api/v4/",
		"ROCKET_OAUTH_URL=https://login.example.com/oauth2/token"))
	if got := c.RocketURL.String(); got != "https://rocket.example.com/svc" {
		t.Errorf("ROCKET_URL is taken as %s", got)
	}
	if got := c.RocketOAuthURL.String(); got != "https://login.example.com" {
		t.Errorf("ROCKET_OAUTH_URL is taken as %s", got)
	}
}

func TestBadURLs(t *testing.T) {
	for _, name := range []string{"ROCKET_URL", "ROCKET_OAUTH_URL"} {
		for _, value := range []string{"rocket.example.com", "https://rocket.example.com?x=1", "https://user@rocket.example.com"} {
			t.Run(name+"="+value, func(t *testing.T) { wantFault(t, with(name+"="+value), name, "must") })
		}
	}
}

// The value may hold a password, even where it is no URL that could be read.
func TestBadURLsAreNotRepeated(t *testing.T) {
	for _, name := range []string{"ROCKET_URL", "ROCKET_OAUTH_URL", "REDIS_URL"} {
		lines := faults(t, with(name+"=user:"+password+"@rocket.example.com"))
		if len(lines) != 1 || strings.Contains(lines[0], password) {
			t.Errorf("%s: %q, want one fault without the password", name, lines)
		}
	}
}
