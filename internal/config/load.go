package config

import (
	"fmt"
	"slices"
	"strings"
)

// Faults are all faults of the settings, one line each.
type Faults []string

// Error returns one line for each fault.
func (f Faults) Error() string { return strings.Join(f, "\n") }

// environment is the variables of a process by name. An empty variable is the same as none.
type environment map[string]string

func newEnvironment(environ []string) environment {
	env := make(environment, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

// Load reads all settings from an environment in the form of os.Environ. Further checks add faults that only other packages can find;
// a setting that could not be parsed is empty then. The error is of type Faults; behind the faults, it has the warnings of old names.
func Load(environ []string, checks ...func(*Config) Faults) (*Config, error) {
	env := newEnvironment(environ)
	c := &Config{}
	old, faults := env.rename("")
	faults = append(faults, c.load(env, "")...)
	passwords := map[string]bool{} // variables with passwords, as the accounts file names them
	faults = append(faults, c.loadAccounts(func(name string) string {
		passwords[name] = true
		return env[name]
	})...)
	faults = append(faults, c.contradictions(env)...)
	for _, check := range checks {
		faults = append(faults, check(c)...)
	}
	if len(faults) > 0 {
		return nil, old.explain(faults)
	}
	c.Warnings = slices.Concat(c.warnings(), old.warnings(" "), c.Warnings, env.unknown(passwords))
	return c, nil
}

// LoadOnly reads the settings with a prefix alone, for commands that need no others. Settings that are not set are no fault. The error
// is of type Faults.
func LoadOnly(environ []string, prefix string) (*Config, error) {
	env, c := newEnvironment(environ), &Config{}
	old, faults := env.rename(prefix)
	if faults = append(faults, c.load(env, prefix)...); len(faults) > 0 {
		return nil, old.explain(faults)
	}
	return c, nil
}

// load reads the settings with a prefix.
func (c *Config) load(env environment, prefix string) (faults Faults) {
	for _, s := range c.settings() {
		if !strings.HasPrefix(s.name, prefix) {
			continue
		}
		if err := c.loadOne(s, env); err != nil {
			faults = append(faults, s.name+": "+err.Error())
		}
	}
	return faults
}

func (c *Config) loadOne(s setting, env environment) error {
	value, source, err := s.find(env)
	if err != nil {
		return err
	}
	o := Origin{Name: s.name, Value: value, Source: source}
	switch {
	case s.mask != nil:
		o.Value = s.mask(value)
	case s.secret:
		o.Value = Secret(value).String()
	}
	c.Origins = append(c.Origins, o)
	if path, ok := strings.CutPrefix(source, fromFile); ok {
		c.Files = append(c.Files, path)
	}
	if value == "" {
		return nil
	}
	return s.set(value)
}

// find returns the text of a setting, and its source.
func (s setting) find(env environment) (value, source string, err error) {
	value = env[s.name]
	path := ""
	if s.secret || s.inFile {
		path = env[s.name+"_FILE"]
	}
	switch {
	case path != "" && value != "":
		return "", "", fmt.Errorf("both it and %s_FILE are set; keep one", s.name)
	case path != "":
		content, err := readSecret(path)
		if err != nil {
			return "", "", fmt.Errorf("its file %s %w", path, err)
		}
		return content.Reveal(), fromFile + path, nil
	case value != "":
		return value, "environment", nil
	default:
		return s.fallback, FromDefault, nil
	}
}
