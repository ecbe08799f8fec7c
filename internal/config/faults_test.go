package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// bad holds, for every setting that can be wrong, what makes it so. Some of the values have a secret in them.
var bad = map[string][]string{
	"LISTEN_ADDR":                  {"LISTEN_ADDR=8080"},
	"ADMIN_ADDR":                   {"ADMIN_ADDR=127.0.0.1:http"},
	"PUBLIC_BASE_PATH":             {"PUBLIC_BASE_PATH=costs"},
	"TLS_CERT_FILE":                {"TLS_CERT_FILE=/nowhere/tls.crt", "TLS_KEY_FILE=faults_test.go"},
	"DOCS":                         {"DOCS=true"},
	"DOCS_OIDC_ISSUER":             {"DOCS_OIDC_ISSUER=https://user:" + password + "@login.example.com", "DOCS_OIDC_CLIENT_ID=docs"},
	"DOCS_OIDC_SCOPES":             {"DOCS_OIDC_SCOPES=openid  usage:read"},
	"CORS_ORIGINS":                 {"CORS_ORIGINS=*"},
	"AUDIT_LOG":                    {"AUDIT_LOG=yes"},
	"ADMIN_PPROF":                  {"ADMIN_PPROF=on"},
	"ROCKET_URL":                   {"ROCKET_URL=https://user:" + password + "@rocket.example.com"},
	"ROCKET_USERNAME":              {"ROCKET_USERNAME="},
	"ROCKET_PASSWORD":              {"ROCKET_PASSWORD=" + password, "ROCKET_PASSWORD_FILE=/run/secrets/rocket"},
	"ROCKET_AUTH":                  {"ROCKET_AUTH=oauth_v2"},
	"ROCKET_OAUTH_URL":             {"ROCKET_OAUTH_URL=//user:" + password + "@login.example.com"},
	"ROCKET_TIMEOUT":               {"ROCKET_TIMEOUT=0s"},
	"ROCKET_MAX_CONCURRENT":        {"ROCKET_MAX_CONCURRENT=0"},
	"ROCKET_QUEUE_WAIT":            {"ROCKET_QUEUE_WAIT=-1s"},
	"ROCKET_MAX_RESPONSE_BYTES":    {"ROCKET_MAX_RESPONSE_BYTES=32MiB"},
	"ROCKET_ACCOUNTS_FILE":         {"ROCKET_ACCOUNTS_FILE=/nowhere/accounts.yaml"},
	"ROCKET_CA_FILE":               {"ROCKET_CA_FILE=/nowhere/ca.pem"},
	"REDIS_URL":                    {"REDIS_URL=http://gateway:" + redisPassword + "@cache.example.com"},
	"REDIS_KEY_PREFIX":             {"REDIS_KEY_PREFIX=a{b}"},
	"TOKEN_ENCRYPTION_KEYS":        {"TOKEN_ENCRYPTION_KEYS=" + sealKey + "," + password},
	"AUTH_MODE":                    {"AUTH_MODE=off"},
	"AUTH_HS256_SECRET":            {"AUTH_HS256_SECRET=" + authSecret[:31]},
	"AUTH_JWKS_URL":                {"AUTH_JWKS_URL=https://user:" + password + "@login.example.com/keys"},
	"AUTH_PUBLIC_KEY_FILE":         {"AUTH_PUBLIC_KEY_FILE=/nowhere/issuer.pem"},
	"AUTH_ALGORITHMS":              {"AUTH_ALGORITHMS=RS256,none"},
	"AUTH_LEEWAY":                  {"AUTH_LEEWAY=-30s"},
	"BILLING_TIMEZONE":             {"BILLING_TIMEZONE=America/Atlantis"},
	"BILLING_CURRENCY":             {"BILLING_CURRENCY=R$"},
	"CACHE_FRESH_OPEN":             {"CACHE_FRESH_OPEN=5"},
	"CACHE_SETTLE_DAYS":            {"CACHE_SETTLE_DAYS=ten"},
	"CACHE_FRESH_SETTLING":         {"CACHE_FRESH_SETTLING=1 h"},
	"CACHE_FRESH_CLOSED":           {"CACHE_FRESH_CLOSED=1d"},
	"CACHE_FRESH_PICKERS":          {"CACHE_FRESH_PICKERS=soon"},
	"CACHE_CLIENT_MAX_AGE":         {"CACHE_CLIENT_MAX_AGE=-1ns"},
	"CACHE_REFRESH_FLOOR":          {"CACHE_REFRESH_FLOOR=-30s"},
	"CACHE_STALE_WHILE_REVALIDATE": {"CACHE_STALE_WHILE_REVALIDATE=10"},
	"CACHE_STALE_IF_ERROR":         {"CACHE_STALE_IF_ERROR=forever"},
	"CACHE_MEMORY_BYTES":           {"CACHE_MEMORY_BYTES=0"},
	"CACHE_MAX_ENTRY_BYTES":        {"CACHE_MAX_ENTRY_BYTES=-8"},
	"RATE_LIMIT":                   {"RATE_LIMIT=600"},
	"UPSTREAM_QUOTA":               {"UPSTREAM_QUOTA=0/1m"},
	"SHUTDOWN_DELAY":               {"SHUTDOWN_DELAY=5 seconds"},
	"SHUTDOWN_TIMEOUT":             {"SHUTDOWN_TIMEOUT=NaN"},
	"LOG_LEVEL":                    {"LOG_LEVEL=verbose"},
	"LOG_FORMAT":                   {"LOG_FORMAT=logfmt"},
}

// elsewhere lists the settings that any text is right for, and the key that goes with the certificate above.
var elsewhere = []string{"TLS_KEY_FILE", "AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_PROFILES_CLAIM", "DOCS_OIDC_CLIENT_ID"}

func TestFilesMustBeReadable(t *testing.T) {
	wantFault(t, with("TLS_CERT_FILE=faults_test.go", "TLS_KEY_FILE=/nowhere/tls.key"), "TLS_KEY_FILE",
		"its file /nowhere/tls.key cannot be read: it does not exist")
	dir := t.TempDir()
	for _, name := range []string{"AUTH_PUBLIC_KEY_FILE", "ROCKET_CA_FILE"} {
		wantFault(t, with(name+"="+dir), name, "its file "+dir+" cannot be read: it is a directory; name a file in it")
	}
}

func TestAMisspeltNameIsNamedWhereItIsMissed(t *testing.T) {
	lines := faults(t, []string{"ROCKET_USERNMAE=u", "ROCKET_PASSWORD=p", "AUTH_MODE=none"})
	if len(lines) != 1 || !strings.Contains(lines[0], "ROCKET_USERNMAE is set") {
		t.Errorf("%q", lines)
	}
}

func TestEverySettingHasABadValueHere(t *testing.T) {
	tried := slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(bad)), elsewhere)))
	if diff := cmp.Diff(slices.Sorted(slices.Values(config.Names())), tried); diff != "" {
		t.Errorf("settings (-) and those tried here (+):\n%s", diff)
	}
}

func TestOneBadValue(t *testing.T) {
	for name, lines := range bad {
		t.Run(name, func(t *testing.T) {
			wantFault(t, with(lines...), name)
			wantNoSecret(t, faults(t, with(lines...)))
		})
	}
}

func TestAllBadValuesAtOnce(t *testing.T) {
	var environ []string
	for _, lines := range bad {
		environ = append(environ, lines...)
	}
	lines := faults(t, environ)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(bad)), named(lines)); diff != "" {
		t.Errorf("bad settings (-) and lines (+):\n%s", diff)
	}
	wantNoSecret(t, lines)
}

// Faults neither hide nor cause others.
func TestAnyBadValues(t *testing.T) {
	names := slices.Sorted(maps.Keys(bad))
	testkit.Check(t, func(t *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID).Draw(t, "bad settings")
		environ := with()
		for _, name := range chosen {
			environ = append(environ, bad[name]...)
		}
		_, err := config.Load(environ)
		lines, _ := err.(config.Faults) //nolint:errorlint // Load promises this very type
		if diff := cmp.Diff(slices.Sorted(slices.Values(chosen)), named(lines)); diff != "" {
			t.Fatalf("bad settings (-) and lines (+):\n%s", diff)
		}
	})
}

// named returns the variables that the lines begin with, sorted.
func named(lines []string) []string {
	var names []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ": ")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func wantNoSecret(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		if strings.Contains(line, password) || strings.Contains(line, redisPassword) || strings.Contains(line, authSecret[:8]) {
			t.Errorf("a line repeats a secret: %q", line)
		}
	}
}
