package config

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zone data for images that have none
	"unicode"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

// The readers turn text into a field and say what would be right where it is wrong. They are given no empty values.

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = value
		return nil
	}
}

// caFile takes a PEM file with at least one certificate.
func caFile(c *Config, value string) error {
	content, err := os.ReadFile(value) //nolint:gosec // the operator names the file
	if err != nil {
		return errors.New("its file " + value + " cannot be read")
	}
	if !x509.NewCertPool().AppendCertsFromPEM(content) {
		return errors.New("its file " + value + " holds no PEM certificate")
	}
	c.RocketCAFile = value
	return nil
}

// file takes a path that can be read now; its content is somebody else's business.
func file(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		f, err := os.Open(value) //nolint:gosec // the operator names the file
		if err != nil {
			return errors.New("its file " + value + " cannot be read")
		}
		*field(c) = value
		c.Files = append(c.Files, value)
		return f.Close()
	}
}

func secret(field func(*Config) *Secret) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = Secret(value)
		return nil
	}
}

func address(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		_, port, err := net.SplitHostPort(value)
		if n, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || n > 65535 {
			return errors.New("must be host:port or :port, as in :8080")
		}
		*field(c) = value
		return nil
	}
}

func basePath(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		value = strings.TrimRight(value, "/")
		if value != "" && !plainPath(value) {
			return errors.New("must be a plain path with a leading '/', as in /costs")
		}
		*field(c) = value
		return nil
	}
}

// plainPath refuses what would end up in a link as another host, a query or broken YAML.
func plainPath(value string) bool {
	return strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//") &&
		!strings.ContainsAny(value, "?#%\"<>\\ ") && !strings.ContainsFunc(value, unicode.IsControl)
}

func toggle(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) error {
		if value != "on" && value != "off" {
			return errors.New("must be on or off")
		}
		*field(c) = value == "on"
		return nil
	}
}

func truth(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) error {
		if value != "true" && value != "false" {
			return errors.New("must be true or false")
		}
		*field(c) = value == "true"
		return nil
	}
}

// origins are scheme and host, with a port where it is not the scheme's own, as browsers send them (RFC 6454).
func origins(c *Config, value string) error {
	for origin := range strings.SplitSeq(value, ",") {
		origin = strings.TrimSpace(origin)
		u, err := url.Parse(strings.Replace(origin, "://*.", "://", 1))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Contains(u.Host, "*") ||
			u.Scheme+"://"+u.Host != strings.Replace(origin, "://*.", "://", 1) || strings.ToLower(u.Host) != u.Host {
			return fmt.Errorf("must be origins, as in https://app.example.com or https://*.example.com, and has %q", origin)
		}
		c.CORSOrigins = append(c.CORSOrigins, origin)
	}
	return nil
}

func oneOf(field func(*Config) *string, allowed ...string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if !slices.Contains(allowed, value) {
			return errors.New("must be " + strings.Join(allowed, " or "))
		}
		*field(c) = value
		return nil
	}
}

func duration(field func(*Config) *time.Duration, least time.Duration) func(*Config, string) error {
	return func(c *Config, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d < least {
			return fmt.Errorf("must be a duration of at least %s, as in 90s or 5m", least)
		}
		*field(c) = d
		return nil
	}
}

func count(field func(*Config) *int, least int) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > 1_000_000 {
			return fmt.Errorf("must be a whole number from %d to 1000000", least)
		}
		*field(c) = n
		return nil
	}
}

func bytes(field func(*Config) *int64, most int64) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 1 || n > most {
			return fmt.Errorf("must be a number of bytes from 1 to %d", most)
		}
		*field(c) = n
		return nil
	}
}

func limit(field func(*Config) *rate.Limit) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		*field(c), err = rate.Parse(value)
		return err
	}
}

func timezone(c *Config, value string) error {
	loc, err := time.LoadLocation(value)
	if err != nil || value == "Local" {
		return errors.New("must be an IANA time zone, as in America/Sao_Paulo")
	}
	c.BillingTimezone = loc
	return nil
}

func logLevel(c *Config, value string) error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, strings.ToLower(value)) {
		return errors.New("must be debug, info, warn or error")
	}
	return c.LogLevel.UnmarshalText([]byte(value))
}

// base keeps what one of package baseurl's readers makes of the value.
func base(field func(*Config) **url.URL, read func(string) (*url.URL, error)) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		*field(c), err = read(value)
		return err
	}
}

// sealKeys are AES-256 keys. Which one is wrong is told by its place alone.
func sealKeys(c *Config, value string) error {
	var keys []Secret
	for i, text := range strings.Split(value, ",") {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil || len(key) != sealKeySize {
			return fmt.Errorf("must be keys of 32 bytes in base64, as `openssl rand -base64 32` gives them, with commas between; "+
				"number %d is none", i+1)
		}
		keys = append(keys, Secret(key))
	}
	c.TokenEncryptionKeys = keys
	return nil
}

const sealKeySize = 32

// keyPrefix must leave the braces to the keys: they say what shares a slot of a Cluster.
func keyPrefix(c *Config, value string) error {
	if strings.ContainsAny(value, "{} ") || strings.ContainsFunc(value, unicode.IsControl) {
		return errors.New("must have no braces, spaces or control characters (the default is rgw:)")
	}
	c.RedisKeyPrefix = value
	return nil
}

// redisURL checks the value and keeps it whole: it is a secret, which is read again where it is used.
func redisURL(c *Config, value string) error {
	if _, err := redisurl.Parse(value); err != nil {
		return err
	}
	c.RedisURL = Secret(value)
	return nil
}
