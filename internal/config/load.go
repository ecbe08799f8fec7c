package config

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/baseurl"
	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

// Faults are all that is wrong with the settings, one line each.
type Faults []string

// Error is one line for each fault.
func (f Faults) Error() string { return strings.Join(f, "\n") }

// Load reads the settings from an environment as os.Environ gives it. further look for faults that other packages know of, beside
// those that are found here; a setting that could not be read is empty then. The error is of type Faults.
func Load(environ []string, further ...func(*Config) Faults) (*Config, error) {
	env := toMap(environ)
	c := &Config{}
	faults := c.readAll(env, func(string) bool { return true })
	named := map[string]bool{} // variables that the accounts file says a password is in
	faults = append(faults, c.readAccounts(func(name string) string {
		named[name] = true
		return env[name]
	})...)
	faults = append(faults, c.contradictions(func(name string) string { return misspelt(name, env) })...)
	for _, look := range further {
		faults = append(faults, look(c)...)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	c.Warnings = slices.Concat(c.deprecated(), c.plainHTTP(), c.withoutEffect(), c.Warnings, notices(env, named))
	return c, nil
}

// AdminAddr reads that setting alone, for commands that talk to a gateway on this machine. The error is of type Faults.
func AdminAddr(environ []string) (string, error) {
	c := &Config{}
	if faults := c.readAll(toMap(environ), func(name string) bool { return name == "ADMIN_ADDR" }); len(faults) > 0 {
		return "", faults
	}
	return c.AdminAddr, nil
}

// readAll reads the settings whose names are wanted.
func (c *Config) readAll(env map[string]string, wanted func(name string) bool) Faults {
	var faults Faults
	for _, s := range settings {
		if !wanted(s.name) {
			continue
		}
		if err := c.load(s, env); err != nil {
			faults = append(faults, s.name+": "+err.Error())
		}
	}
	return faults
}

func (c *Config) load(s setting, env map[string]string) error {
	value, source, err := s.find(env)
	if err != nil {
		return err
	}
	c.Origins = append(c.Origins, Origin{Name: s.name, Value: s.show(value), Source: source})
	if path, ok := strings.CutPrefix(source, fromFile); ok {
		c.Files = append(c.Files, path)
	}
	if value == "" {
		return nil
	}
	return s.read(c, value)
}

// find gives the setting's text and where it stands. An empty variable is the same as none.
func (s setting) find(env map[string]string) (value, source string, err error) {
	value = env[s.name]
	path := ""
	if s.secret || s.filed {
		path = env[s.name+"_FILE"]
	}
	switch {
	case path != "" && value != "":
		return "", "", fmt.Errorf("both it and %s_FILE are set; keep one", s.name)
	case path != "":
		value, err = readSecret(path)
		return value, fromFile + path, err
	case value != "":
		return value, "environment", nil
	default:
		return s.fallback, FromDefault, nil
	}
}

func (s setting) show(value string) string {
	if s.secret {
		return Secret(value).String()
	}
	return value
}

// contradictions are the faults between settings. A setting that could not be read is empty here, and has its own line.
// hint says which variable may have been meant for one that is missing.
func (c *Config) contradictions(hint func(name string) string) Faults {
	f := append(c.keySources(hint), ownAccountFaults(c.set, hint)...)
	if c.RocketAuth == RocketOAuth && !c.set("ROCKET_OAUTH_URL") {
		f = append(f, "ROCKET_OAUTH_URL: is required with ROCKET_AUTH=oauth_v1: the base of /oauth2/token"+hint("ROCKET_OAUTH_URL"))
	}
	if c.set("TLS_CERT_FILE") != c.set("TLS_KEY_FILE") {
		f = append(f, "TLS_CERT_FILE: goes together with TLS_KEY_FILE; set both or neither")
	}
	if c.TLSCertFile != "" && c.TLSKeyFile != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile); err != nil {
			f = append(f, "TLS_CERT_FILE: is no pair of PEM files with TLS_KEY_FILE: "+err.Error())
		}
	}
	if c.CacheMaxEntryBytes > c.CacheMemoryBytes && c.CacheMemoryBytes > 0 {
		f = append(f, "CACHE_MAX_ENTRY_BYTES: must not be larger than CACHE_MEMORY_BYTES")
	}
	return f
}

// deprecated warns of what the vendor is going to switch off.
func (c *Config) deprecated() []string {
	if c.RocketAuth == RocketOAuth {
		return []string{"ROCKET_AUTH=oauth_v1 is deprecated by the vendor; use login where the account can"}
	}
	return nil
}

// set says whether a setting has a value. One that could not be read counts as if it had.
func (c *Config) set(name string) bool {
	i := slices.IndexFunc(c.Origins, func(o Origin) bool { return o.Name == name })
	return i < 0 || c.Origins[i].Value != ""
}

// plainHTTP warns of servers whose traffic others can read or change.
func (c *Config) plainHTTP() []string {
	warnings := c.plainJWKS()
	for name, u := range map[string]*url.URL{"ROCKET_URL": c.RocketURL, "ROCKET_OAUTH_URL": c.RocketOAuthURL} {
		if u != nil && baseurl.Unencrypted(u) {
			warnings = append(warnings, name+" is plain http: the password and all answers cross the network unencrypted")
		}
	}
	slices.Sort(warnings)
	return warnings
}

// notices name variables of our prefixes that nobody knows, and that so have no effect. An accounts file may name others.
func notices(env map[string]string, named map[string]bool) []string {
	known := known()
	var lines []string
	for name, value := range env {
		switch {
		case value == "" || named[name] || slices.Contains(known, name):
		case ours(name):
			line := name + " is not a setting of the gateway"
			if near := spell.Nearest(name, known); near != "" {
				line += "; did you mean " + near + "?"
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// Names lists every variable that is acted on.
func Names() []string {
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.name
	}
	return names
}

func ours(name string) bool {
	return strings.HasPrefix(name, "ROCKET_") || strings.HasPrefix(name, "CACHE_") || strings.HasPrefix(name, "AUTH_")
}

func fileNames() []string {
	var names []string
	for _, s := range settings {
		if s.secret || s.filed {
			names = append(names, s.name+"_FILE")
		}
	}
	return names
}

func toMap(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

// known are all names that mean something here.
func known() []string { return append(Names(), fileNames()...) }

// misspelt is the end of a fault about a missing variable, where one of nearly its name is set.
func misspelt(name string, env map[string]string) string {
	for other := range env {
		if ours(other) && !slices.Contains(known(), other) && strings.TrimSuffix(spell.Nearest(other, known()), "_FILE") == name {
			return "; " + other + " is set: was it meant?"
		}
	}
	return ""
}
