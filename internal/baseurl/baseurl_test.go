package baseurl_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/baseurl"
)

const password = "hunter2-rocket"

var readers = map[string]func(string) (*url.URL, error){"Rocket": baseurl.Rocket, "OAuth": baseurl.OAuth}

// Rocket's base may be written as its page has it, or as the vendor's SDK has it.
func TestRocket(t *testing.T) {
	wantURLs(t, baseurl.Rocket, map[string]string{
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

func TestOAuth(t *testing.T) {
	wantURLs(t, baseurl.OAuth, map[string]string{
		"https://login.example.com":                    "https://login.example.com",
		"https://login.example.com/":                   "https://login.example.com",
		"https://login.example.com/oauth2/token":       "https://login.example.com",
		"https://login.example.com/base/oauth2/token/": "https://login.example.com/base",
		"https://login.example.com/base//oauth2/token": "https://login.example.com/base",
	})
}

func wantURLs(t *testing.T, read func(string) (*url.URL, error), table map[string]string) {
	t.Helper()
	for given, want := range table {
		got, err := read(given)
		if err != nil || got.String() != want {
			t.Errorf("%s is taken as %s, error %v, want %s", given, got, err, want)
		}
	}
}

func TestBadURLs(t *testing.T) {
	for name, read := range readers {
		for _, value := range []string{
			"", "rocket.example.com", "//rocket.example.com", "ftp://rocket.example.com", "mailto:rocket@example.com",
			"https://", "https:///rocketsvc", "https://:8443/x", "https://rocket.example.com:port", "https://rocket example.com",
			"https://rocket.example.com:0", "https://rocket.example.com:65536",
			"https://rocket.example.com?x=1", "https://rocket.example.com/?", "https://rocket.example.com#x",
			"https://user@rocket.example.com", "https://rocket.example.com/%zz",
		} {
			if u, err := read(value); u != nil || err == nil || !strings.HasPrefix(err.Error(), "must ") {
				t.Errorf("%s: %q is taken as %s, error %v, want one that says what it must be", name, value, u, err)
			}
		}
	}
}

// The value may hold a password, even where it is no URL that could be read.
func TestBadURLsAreNotRepeated(t *testing.T) {
	for name, read := range readers {
		for _, value := range []string{
			"https://user:" + password + "@rocket.example.com", "https://user:" + password + "%zz@rocket.example.com",
			"user:" + password + "@rocket.example.com", "https://rocket.example.com:" + password,
		} {
			if _, err := read(value); err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("%s: error %v, want one without the password", name, err)
			}
		}
	}
}

func TestUnencrypted(t *testing.T) {
	for base, want := range map[string]bool{
		"http://rocket.example.com/rocketsvc": true,
		"HTTP://rocket.example.com":           true,
		"http://10.0.0.1:8080":                true,
		"http://0.0.0.0":                      true,
		"http://[fe80::1]:80":                 true,
		"http://localhost.example.com":        true,
		"http://127.0.0.1.example.com":        true,
		"http://localhost:8080/rocketsvc":     false,
		"http://127.0.0.1":                    false,
		"http://127.8.9.10:1234":              false,
		"http://[::1]:8080":                   false,
		"https://rocket.example.com":          false,
		"https://10.0.0.1":                    false,
	} {
		u, err := baseurl.Rocket(base)
		if err != nil {
			t.Fatal(err)
		}
		if got := baseurl.Unencrypted(u); got != want {
			t.Errorf("%s: got %v", base, got)
		}
	}
}
