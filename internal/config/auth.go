package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/baseurl"
)

const minHS256Secret = 32 // bytes, as RFC 7518 wants of HS256

// knownAlgorithms are those of package auth, which this one does not import.
var knownAlgorithms = []string{"HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"}

// LoadAuth reads the settings of callers' tokens alone, for commands that need no others. That no keys are set is no fault
// there. The error is of type Faults.
func LoadAuth(environ []string) (*Config, error) {
	c := &Config{}
	if faults := c.readAll(toMap(environ), isAuth); len(faults) > 0 {
		return nil, faults
	}
	return c, nil
}

func isAuth(name string) bool { return strings.HasPrefix(name, "AUTH_") }

func hs256Secret(c *Config, value string) error {
	if len(value) < minHS256Secret {
		return fmt.Errorf("must have at least %d bytes, as `openssl rand -base64 32` makes them", minHS256Secret)
	}
	c.AuthHS256Secret = Secret(value)
	return nil
}

// jwksURL is kept as it is given: some issuers want a query, and a final slash may matter.
func jwksURL(c *Config, value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "":
		return errors.New("must be an http or https URL, as in https://login.example.com/.well-known/jwks.json")
	case u.User != nil:
		return errors.New("must not hold a user name or password; keys are public")
	}
	c.AuthJWKSURL = value
	return nil
}

func algorithms(c *Config, value string) error {
	var names []string
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(knownAlgorithms, name) {
			return fmt.Errorf("must be of %s, separated by commas, and has %q", strings.Join(knownAlgorithms, ", "), name)
		}
		names = append(names, name)
	}
	c.AuthAlgorithms = names
	return nil
}

// keyVariables say where the keys come from that tokens are checked with: one of them.
var keyVariables = []string{"AUTH_HS256_SECRET", "AUTH_JWKS_URL", "AUTH_PUBLIC_KEY_FILE"}

func (c *Config) keySources(hint func(name string) string) Faults {
	if c.AuthMode != AuthModeJWT {
		return nil
	}
	if !slices.ContainsFunc(keyVariables, c.set) {
		line := "AUTH_MODE: jwt needs keys to check tokens with: set one of " + strings.Join(keyVariables, ", ") +
			"; AUTH_MODE=none, set by name, lets every caller ask everything"
		for _, name := range keyVariables {
			line += hint(name)
		}
		return Faults{line}
	}
	var given []string
	for i, is := range []bool{c.AuthHS256Secret != "", c.AuthJWKSURL != "", c.AuthPublicKeyFile != ""} {
		if is {
			given = append(given, keyVariables[i])
		}
	}
	if len(given) > 1 {
		return Faults{given[0] + ": keys come from one source; keep one of " + strings.Join(given, ", ")}
	}
	return nil
}

// plainJWKS warns of keys that anybody on the way can replace by their own.
func (c *Config) plainJWKS() []string {
	u, err := url.Parse(c.AuthJWKSURL)
	if err != nil || !baseurl.Unencrypted(u) || c.AuthMode != AuthModeJWT {
		return nil
	}
	return []string{"AUTH_JWKS_URL is plain http: whoever can change its traffic can make tokens"}
}

// withoutEffect names what is set for tokens that nobody asks for.
func (c *Config) withoutEffect() []string {
	if c.AuthMode != AuthModeNone {
		return nil
	}
	var warnings []string
	for _, o := range c.Origins {
		if isAuth(o.Name) && o.Name != "AUTH_MODE" && o.Source != FromDefault {
			warnings = append(warnings, o.Name+" has no effect with AUTH_MODE=none")
		}
	}
	return warnings
}
