package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// Package config repeats the names, since it does not import auth.
func TestAlgorithmsAreThoseOfPackageAuth(t *testing.T) {
	all := auth.Algorithms()
	c := load(t, with("AUTH_MODE=jwt", "AUTH_HS256_SECRET="+authSecret, "AUTH_ALGORITHMS="+strings.Join(all, " , ")))
	if diff := cmp.Diff(all, c.AuthAlgorithms); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantFault(t, with("AUTH_ALGORITHMS=rs256"), "AUTH_ALGORITHMS", append(all, `"rs256"`)...)
	for _, bad := range []string{"none", "HS256,", ",", "RS512", "HS256;RS256", "HS256 RS256"} {
		wantFault(t, with("AUTH_ALGORITHMS="+bad), "AUTH_ALGORITHMS")
	}
}

func TestJWKSURLs(t *testing.T) {
	for _, good := range []string{
		"https://login.example.com/.well-known/jwks.json", "https://login.example.com/keys?p=b2c_1_signin", "http://[::1]:8080/keys/",
	} {
		if got := load(t, with("AUTH_MODE=jwt", "AUTH_JWKS_URL="+good)).AuthJWKSURL; got != good {
			t.Errorf("%s is taken as %s", good, got)
		}
	}
	for _, bad := range []string{
		"login.example.com/keys", "//login.example.com", "file:///etc/keys", "https://", "https://:443", "https://a b", "https://a#b",
	} {
		wantFault(t, with("AUTH_JWKS_URL="+bad), "AUTH_JWKS_URL", "must be")
	}
}

// Commands that deal with tokens alone need no Rocket.
func TestLoadOnly(t *testing.T) {
	environ := []string{"AUTH_HS256_SECRET_FILE=" + file(t, authSecret+"\n"), "AUTH_ISSUER=me", "ROCKET_TIMEOUT=soon"}
	c, err := config.LoadOnly(environ, "AUTH_")
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		AuthMode: config.AuthModeJWT, AuthHS256Secret: authSecret, AuthIssuer: "me",
		AuthLeeway: 30 * time.Second, AuthProfilesClaim: "profiles",
	}
	if diff := diffConfig(want, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if slices.ContainsFunc(c.Origins, func(o config.Origin) bool { return !strings.HasPrefix(o.Name, "AUTH_") }) {
		t.Errorf("other settings were read: %v", c.Origins)
	}
	if _, err := config.LoadOnly(nil, "AUTH_"); err != nil {
		t.Errorf("without keys: %v", err)
	}
	var faults config.Faults
	_, err = config.LoadOnly([]string{"AUTH_HS256_SECRET=short", "AUTH_LEEWAY=x"}, "AUTH_")
	if !errors.As(err, &faults) || !slices.Equal(named(faults), []string{"AUTH_HS256_SECRET", "AUTH_LEEWAY"}) {
		t.Errorf("got %v", err)
	}
}
