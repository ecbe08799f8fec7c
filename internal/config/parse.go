package config

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zone data for images that have none
	"unicode"
)

// into returns a function that parses a text into a field. A parser returns an error that says what the text must be.
func into[T any](field *T, parse func(string) (T, error)) func(string) error {
	return func(value string) (err error) {
		*field, err = parse(value)
		return err
	}
}

// valid returns the value, or an error with that text if it is not valid.
func valid[T any](value T, ok bool, fault string) (T, error) {
	if !ok {
		return *new(T), errors.New(fault)
	}
	return value, nil
}

func text[T ~string](value string) (T, error) { return T(value), nil }

func address(value string) (string, error) {
	_, port, err := net.SplitHostPort(value)
	_, portErr := strconv.ParseUint(port, 10, 16)
	return valid(value, err == nil && portErr == nil, "must be host:port or :port, as in :8080")
}

// basePath refuses what a link would turn into another host, a query or broken YAML.
func basePath(value string) (string, error) {
	value = strings.TrimRight(value, "/")
	plain := strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//") &&
		!strings.ContainsAny(value, "?#%\"<>\\ ") && !strings.ContainsFunc(value, unicode.IsControl)
	return valid(value, value == "" || plain, "must be a plain path with a leading '/', as in /costs")
}

func oneOf(allowed ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		return valid(value, slices.Contains(allowed, value), "must be "+strings.Join(allowed, " or "))
	}
}

func either(yes, no string) func(string) (bool, error) {
	return func(value string) (bool, error) {
		value, err := oneOf(yes, no)(value)
		return value == yes, err
	}
}

// list returns a parser of values that are separated by commas.
func list[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(text string) (all []T, err error) {
		for element := range strings.SplitSeq(text, ",") {
			one, err := parse(strings.TrimSpace(element))
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, nil
	}
}

// corsOrigin accepts an origin as browsers send it: scheme and host, with a port unless it is the scheme's default (RFC 6454).
func corsOrigin(value string) (string, error) {
	plain := strings.Replace(value, "://*.", "://", 1)
	u, err := url.Parse(plain)
	ok := err == nil && webURL(u) && !strings.Contains(u.Host, "*") && u.Scheme+"://"+u.Host == plain && strings.ToLower(u.Host) == u.Host
	return valid(value, ok, fmt.Sprintf("must be origins, as in https://app.example.com or https://*.example.com, and has %q", value))
}

func between[T cmp.Ordered](parse func(string) (T, error), least, most T, fault string) func(string) (T, error) {
	return func(value string) (T, error) {
		n, err := parse(value)
		return valid(n, err == nil && least <= n && n <= most, fault)
	}
}

func duration(least time.Duration) func(string) (time.Duration, error) {
	return between(time.ParseDuration, least, math.MaxInt64, fmt.Sprintf("must be a duration of at least %s, as in 90s or 5m", least))
}

func count(least int) func(string) (int, error) {
	return between(strconv.Atoi, least, 1_000_000, fmt.Sprintf("must be a whole number from %d to 1000000", least))
}

func timezone(value string) (*time.Location, error) {
	location, err := time.LoadLocation(value)
	return valid(location, err == nil && value != "Local", "must be an IANA time zone, as in America/Sao_Paulo")
}

var currencyCode = regexp.MustCompile("^[A-Z]{3}$")

// currency checks the form of a code alone: ISO 4217 changes more often than the gateway is built.
func currency(value string) (string, error) {
	return valid(value, currencyCode.MatchString(value), "must be a currency code of ISO 4217, three capital letters, as in BRL")
}

// logLevel refuses levels such as info+1, which slog parses.
func logLevel(value string) (level slog.Level, err error) {
	err = level.UnmarshalText([]byte(value))
	return valid(level, err == nil && !strings.ContainsAny(value, "+-"), "must be debug, info, warn or error")
}

// rocketURL parses the base of /api/v4, with or without the /api/v4 that the vendor's SDK has at its end.
func rocketURL(value string) (*url.URL, error) { return baseURL(value, "/api/v4") }

// oauthURL parses the base of /oauth2/token, with or without it.
func oauthURL(value string) (*url.URL, error) { return baseURL(value, "/oauth2/token") }

// baseURL normalizes a URL, since it is part of an account's identity, and removes the suffix. The error never repeats the value, which
// may contain a password.
func baseURL(value, suffix string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || !webURL(u) || u.RawQuery != "" || u.ForceQuery {
		return nil, errors.New("must be an http or https URL without a query, as in https://rocket.example.com/rocketsvc")
	}
	if port, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16); err != nil || port == 0 {
		return nil, errors.New("must have a port from 1 to 65535, or none")
	}
	u.Host = strings.ToLower(u.Host)
	u.Path = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(u.Path, "/"), suffix), "/")
	return valid(u, u.User == nil, "must not have a user name or password; other settings have them")
}

func webURL(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Fragment == ""
}

// unencrypted reports whether others can read what is sent to a URL. What is sent to this machine itself crosses no network.
func unencrypted(u *url.URL) bool {
	return u != nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}

func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// jwksURL keeps the value as it is: some issuers require a query, and a final slash may matter.
func jwksURL(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil || !webURL(u) {
		return "", errors.New("must be an http or https URL, as in https://login.example.com/.well-known/jwks.json")
	}
	return valid(value, u.User == nil, "must not hold a user name or password; keys are public")
}

// issuerURL keeps the value as it is: the issuer compares it with its own (OpenID Connect Discovery, 4.3).
func issuerURL(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil || !webURL(u) || u.RawQuery != "" || u.ForceQuery {
		return "", errors.New("must be an http or https URL without a query, as in https://login.example.com")
	}
	return valid(value, u.User == nil, "must not hold a user name or password; DOCS_OIDC_CLIENT_ID names the client")
}

var scopeTokens = regexp.MustCompile(`^[!#-\[\]-~]+( [!#-\[\]-~]+)*$`)

// scopes accepts the scope parameter of RFC 6749, 3.3.
func scopes(value string) ([]string, error) {
	ok := scopeTokens.MatchString(value)
	return valid(strings.Fields(value), ok, "must be scopes separated by single spaces, as in openid usage:read")
}

// keyPrefix refuses braces, since those of a key determine its slot in a Cluster.
func keyPrefix(value string) (string, error) {
	bad := strings.ContainsAny(value, "{} ") || strings.ContainsFunc(value, unicode.IsControl)
	return valid(value, !bad, "must have no braces, spaces or control characters (the default is rgw:)")
}

// encryptionKeys parses AES-256 keys. It names a bad key by its position alone.
func encryptionKeys(value string) (keys []Secret, err error) {
	for i, text := range strings.Split(value, ",") {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("must be keys of 32 bytes in base64, as `openssl rand -base64 32` prints them, separated by commas; "+
				"key %d is not valid", i+1)
		}
		keys = append(keys, Secret(key))
	}
	return keys, nil
}

// hs256Secret requires as many bytes as RFC 7518, section 3.2, does.
func hs256Secret(value string) (Secret, error) {
	return valid(Secret(value), len(value) >= 32, "must have at least 32 bytes, as `openssl rand -base64 32` prints them")
}

// knownAlgorithms are those of package auth, which this package does not import.
var knownAlgorithms = []string{"HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"}

func algorithm(value string) (string, error) {
	known := strings.Join(knownAlgorithms, ", ")
	return valid(value, slices.Contains(knownAlgorithms, value), fmt.Sprintf("must be of %s, separated by commas, and has %q", known, value))
}
