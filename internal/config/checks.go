package config

import (
	"crypto/tls"
	"slices"
	"strings"
)

// contradictions returns the faults between settings. A setting that could not be parsed is empty here, and has a fault already.
func (c *Config) contradictions(env environment) Faults {
	f := append(c.keyFaults(env), c.accountFaults(env)...)
	if c.RocketAuth == RocketOAuth && !c.isSet("ROCKET_OAUTH_URL") {
		f = append(f, env.missing("ROCKET_OAUTH_URL", " with ROCKET_AUTH=oauth_v1: the base of /oauth2/token"))
	}
	if c.isSet("TLS_CERT_FILE") != c.isSet("TLS_KEY_FILE") {
		f = append(f, "TLS_CERT_FILE: must be set together with TLS_KEY_FILE; set both or neither")
	}
	if c.TLSCertFile != "" && c.TLSKeyFile != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile); err != nil {
			f = append(f, "TLS_CERT_FILE: is no pair of PEM files with TLS_KEY_FILE: "+err.Error())
		}
	}
	switch issuer, client := c.isSet("DOCS_OIDC_ISSUER"), c.isSet("DOCS_OIDC_CLIENT_ID"); {
	case issuer && !client:
		f = append(f, env.missing("DOCS_OIDC_CLIENT_ID", " with DOCS_OIDC_ISSUER, which knows the docs page by it"))
	case client && !issuer:
		f = append(f, env.missing("DOCS_OIDC_ISSUER", " with DOCS_OIDC_CLIENT_ID, which is a client there"))
	}
	if c.CacheMaxEntryBytes > c.CacheMemoryBytes && c.CacheMemoryBytes > 0 {
		f = append(f, "CACHE_MAX_ENTRY_BYTES: must not be larger than CACHE_MEMORY_BYTES")
	}
	return f
}

// isSet reports whether a setting has a value. One that could not be read counts as if it had.
func (c *Config) isSet(name string) bool {
	i := slices.IndexFunc(c.Origins, func(o Origin) bool { return o.Name == name })
	return i < 0 || c.Origins[i].Value != ""
}

// accountFaults requires ROCKET_USERNAME and ROCKET_PASSWORD, both or, with an accounts file, neither.
func (c *Config) accountFaults(env environment) (f Faults) {
	name, password, file := c.isSet("ROCKET_USERNAME"), c.isSet("ROCKET_PASSWORD"), c.isSet("ROCKET_ACCOUNTS_FILE")
	if !name && file && password {
		f = append(f, env.missing("ROCKET_USERNAME", " with ROCKET_PASSWORD: the service account at Rocket"))
	}
	if !name && !file {
		f = append(f, env.missing("ROCKET_USERNAME", " (or ROCKET_ACCOUNTS_FILE): the service account at Rocket"))
	}
	if !password && (name || !file) {
		f = append(f, env.missing("ROCKET_PASSWORD", " (or ROCKET_PASSWORD_FILE): the service account's password"))
	}
	return f
}

// keySources are the settings with the keys that verify tokens; one of them is set.
var keySources = []string{"AUTH_HS256_SECRET", "AUTH_JWKS_URL", "AUTH_PUBLIC_KEY_FILE"}

func (c *Config) keyFaults(env environment) Faults {
	given := slices.DeleteFunc(slices.Clone(keySources), func(name string) bool { return !c.isSet(name) })
	switch {
	case c.AuthMode != AuthModeJWT || len(given) == 1:
		return nil
	case len(given) > 1:
		return Faults{given[0] + ": keys come from one source; keep one of " + strings.Join(given, ", ")}
	}
	fault := "AUTH_MODE: jwt needs keys to verify tokens: set one of " + strings.Join(keySources, ", ") +
		"; AUTH_MODE=none, if set, grants every caller full access"
	for _, name := range keySources {
		fault += env.misspelling(name)
	}
	return Faults{fault}
}

// missing returns the fault of a setting that is not set.
func (e environment) missing(name, why string) string {
	return name + ": is required" + why + e.misspelling(name)
}

// misspelling returns the end of a fault about a setting that is not set, if the environment has a similar name.
func (e environment) misspelling(name string) string {
	known := knownNames()
	for other := range e {
		if e.isMeant(other) && !slices.Contains(known, other) && strings.TrimSuffix(nearest(other), "_FILE") == name {
			return "; " + other + " is set; did you mean that?"
		}
	}
	return ""
}

// isAuth reports whether a setting is for tokens.
func isAuth(name string) bool { return strings.HasPrefix(name, "AUTH_") }

// isLogin reports whether a setting is for the login on the docs page.
func isLogin(name string) bool { return strings.HasPrefix(name, "DOCS_OIDC_") }
