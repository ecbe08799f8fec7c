package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
)

// minSecret is the length of HS256's own output, which RFC 7518 asks of its keys.
const minSecret = 32

// Options say which tokens are accepted. Exactly one of Secret, JWKSURL and PublicKeyPEM is given.
type Options struct {
	Secret       []byte // shared with the issuer, for HS256
	JWKSURL      string // where the issuer publishes its keys
	PublicKeyPEM []byte // the issuer's public key or certificate

	Algorithms    []string      // the allow-list; empty: every algorithm that fits the keys
	Issuer        string        // must be the token's iss; empty: not checked
	Audience      string        // must be among the token's aud; empty: not checked
	Leeway        time.Duration // by which clocks may differ
	ProfilesClaim string        // the name of the claim that becomes Caller.Profiles

	// ReadProfiles makes Caller.Reach from Caller.Profiles, once for each token rather than for each request. It may be nil.
	ReadProfiles func(profiles json.RawMessage) any

	Now func() time.Time
	Log *slog.Logger
}

// Check names every fault of the options, as New would, joined in one error.
func (o Options) Check() error {
	_, _, err := o.check()
	return err
}

// check names every fault of the options by the variable to change. It gives the keys, where they are known already, and
// the allow-list.
func (o *Options) check() (keys *keySet, allowed []string, err error) {
	if err := o.checkSources(); err != nil {
		return nil, nil, err
	}
	var faults []error
	keys, err = o.fixedKeys()
	faults = append(faults, err)
	allowed, err = o.allowed(keys)
	faults = append(faults, err)
	if o.Leeway < 0 {
		faults = append(faults, errors.New("AUTH_LEEWAY: must not be negative"))
	}
	return keys, allowed, errors.Join(faults...)
}

func (o *Options) checkSources() error {
	names := []string{"AUTH_HS256_SECRET", "AUTH_JWKS_URL", "AUTH_PUBLIC_KEY_FILE"}
	var given []string
	for i, is := range []bool{len(o.Secret) > 0, o.JWKSURL != "", len(o.PublicKeyPEM) > 0} {
		if is {
			given = append(given, names[i])
		}
	}
	switch len(given) {
	case 0:
		return fmt.Errorf("%s: is required, or one of %s: tokens are checked with a key", names[0], strings.Join(names[1:], ", "))
	case 1:
		return nil
	default:
		return fmt.Errorf("%s: keys come from one source; keep one of %s", given[0], strings.Join(given, ", "))
	}
}

// fixedKeys gives the keys that are the same for the life of the process; nil where the issuer publishes them.
func (o *Options) fixedKeys() (*keySet, error) {
	switch {
	case o.JWKSURL != "":
		if u, err := url.Parse(o.JWKSURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return nil, errors.New("AUTH_JWKS_URL: must be an http or https URL")
		}
		return nil, nil
	case len(o.PublicKeyPEM) > 0:
		public, err := readPEM(o.PublicKeyPEM)
		if err != nil {
			return nil, fmt.Errorf("AUTH_PUBLIC_KEY_FILE: %w", err)
		}
		return fixed(public), nil
	case len(o.Secret) < minSecret:
		return nil, fmt.Errorf("AUTH_HS256_SECRET: must have at least %d bytes", minSecret)
	default:
		return fixed(o.Secret), nil
	}
}

// allowed is what the allow-list and the keys have in common.
func (o *Options) allowed(keys *keySet) ([]string, error) {
	var fitting []string
	for _, a := range algorithms {
		if o.JWKSURL != "" && a.name != sharedSecret || keys != nil && keys.keys[0].fits(a.name) {
			fitting = append(fitting, a.name)
		}
	}
	if len(o.Algorithms) == 0 {
		return fitting, nil
	}
	for _, name := range o.Algorithms {
		if !slices.Contains(Algorithms(), name) {
			return nil, fmt.Errorf("AUTH_ALGORITHMS: %q is none of %s", name, strings.Join(Algorithms(), ", "))
		}
	}
	if len(fitting) == 0 {
		return nil, nil // there are no keys, which has its own fault
	}
	common := slices.DeleteFunc(fitting, func(name string) bool { return !slices.Contains(o.Algorithms, name) })
	if len(common) == 0 {
		return nil, errors.New("AUTH_ALGORITHMS: names no algorithm that fits the keys")
	}
	return common, nil
}
