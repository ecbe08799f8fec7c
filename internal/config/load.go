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
// a setting that could not be parsed is empty then. The error is of type Faults.
func Load(environ []string, checks ...func(*Config) Faults) (*Config, error) {
	env := newEnvironment(environ)
	c := &Config{}
	faults := c.load(env, func(string) bool { return true })
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
		return nil, faults
	}
	c.Warnings = slices.Concat(c.warnings(), c.Warnings, env.unknown(passwords))
	return c, nil
}

// LoadAuth reads the settings of callers' tokens alone. It is no fault if no keys are set. The error is of type Faults.
func LoadAuth(environ []string) (*Config, error) { return loadOnly(environ, isAuth) }

// AdminAddr reads that setting alone, for commands that call a gateway on this machine. The error is of type Faults.
func AdminAddr(environ []string) (string, error) {
	c, err := loadOnly(environ, func(name string) bool { return name == "ADMIN_ADDR" })
	if err != nil {
		return "", err
	}
	return c.AdminAddr, nil
}

func loadOnly(environ []string, wanted func(name string) bool) (*Config, error) {
	c := &Config{}
	if faults := c.load(newEnvironment(environ), wanted); len(faults) > 0 {
		return nil, faults
	}
	return c, nil
}

// load reads the settings whose names are wanted.
func (c *Config) load(env environment, wanted func(name string) bool) (faults Faults) {
	for _, s := range c.settings() {
		if !wanted(s.name) {
			continue
		}
		value, source, err := s.find(env)
		if err == nil {
			c.note(s, value, source)
			if value != "" {
				err = s.set(value)
			}
		}
		if err != nil {
			faults = append(faults, s.name+": "+err.Error())
		}
	}
	return faults
}

// note records the origin of a setting, and the file that it was read from.
func (c *Config) note(s setting, value, source string) {
	if path, ok := strings.CutPrefix(source, fromFile); ok {
		c.Files = append(c.Files, path)
	}
	if s.secret {
		value = Secret(value).String()
	}
	c.Origins = append(c.Origins, Origin{Name: s.name, Value: value, Source: source})
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
