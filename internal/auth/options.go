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

	"github.com/prometheus/client_golang/prometheus"
)

// minSecret is the length of HS256's own output, which RFC 7518 demands of its keys.
const minSecret = 32

// Options configure which tokens are accepted. Exactly one of Secret, JWKSURL and PublicKeyPEM is set.
type Options struct {
	Secret       []byte // shared with the issuer, for HS256
	JWKSURL      string // at which the issuer publishes its keys
	PublicKeyPEM []byte // the issuer's public key or certificate

	Algorithms    []string      // the allow-list; empty: every algorithm that fits the keys
	Issuer        string        // must be the token's iss; empty: not checked
	Audience      string        // must be among the token's aud; empty: not checked
	Leeway        time.Duration // by which clocks may differ
	ProfilesClaim string        // the name of the claim that becomes Caller.Profiles

	// ParseProfiles makes Caller.Grants from Caller.Profiles, once for each token rather than for each request. weight is about the
	// bytes of memory that the grants take. It may be nil.
	ParseProfiles func(profiles json.RawMessage) (grants any, weight int)

	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: metrics are not registered
}

// Check returns all faults of the options in one error, as New would.
func (o Options) Check() error {
	_, _, err := o.check()
	return err
}

// check joins all faults of the options, each with the variable to change. It returns the keys, unless an issuer publishes them,
// and the allowed algorithms.
func (o *Options) check() (fixed *keySet, allowed []string, err error) {
	if err := o.checkSources(); err != nil {
		return nil, nil, err
	}
	var faults []error
	fixed, err = o.fixedKeys()
	faults = append(faults, err)
	allowed, err = o.allowedAlgorithms(fixed)
	faults = append(faults, err)
	if o.Leeway < 0 {
		faults = append(faults, errors.New("AUTH_LEEWAY: must not be negative"))
	}
	return fixed, allowed, errors.Join(faults...)
}

func (o *Options) checkSources() error {
	names := []string{"AUTH_HS256_SECRET", "AUTH_JWKS_URL", "AUTH_PUBLIC_KEY_FILE"}
	var given []string
	for i, isSet := range []bool{len(o.Secret) > 0, o.JWKSURL != "", len(o.PublicKeyPEM) > 0} {
		if isSet {
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

// fixedKeys returns the keys that stay the same for the life of the process; nil if an issuer publishes them.
func (o *Options) fixedKeys() (*keySet, error) {
	switch {
	case o.JWKSURL != "":
		if u, err := url.Parse(o.JWKSURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return nil, errors.New("AUTH_JWKS_URL: must be an http or https URL")
		}
		return nil, nil
	case len(o.PublicKeyPEM) > 0:
		set, err := parsePEM(o.PublicKeyPEM)
		if err != nil {
			return nil, fmt.Errorf("AUTH_PUBLIC_KEY_FILE: %w", err)
		}
		return set, nil
	case len(o.Secret) < minSecret:
		return nil, fmt.Errorf("AUTH_HS256_SECRET: must have at least %d bytes", minSecret)
	default:
		return fixedKeys(o.Secret), nil
	}
}

// allowedAlgorithms returns those of the allow-list that fit the keys.
func (o *Options) allowedAlgorithms(fixed *keySet) ([]string, error) {
	for _, name := range o.Algorithms {
		if !slices.Contains(Algorithms(), name) {
			return nil, fmt.Errorf("AUTH_ALGORITHMS: %q is not one of %s", name, strings.Join(Algorithms(), ", "))
		}
	}
	if fixed == nil && o.JWKSURL == "" {
		return nil, nil // the keys have a fault of their own
	}
	allowed := slices.DeleteFunc(Algorithms(), func(name string) bool {
		fits := name != sharedSecret
		if fixed != nil {
			fits = slices.Contains(fixed.keys[0].algorithms, name)
		}
		return !fits || len(o.Algorithms) > 0 && !slices.Contains(o.Algorithms, name)
	})
	if len(allowed) == 0 {
		return nil, errors.New("AUTH_ALGORITHMS: names no algorithm that fits the keys")
	}
	return allowed, nil
}
