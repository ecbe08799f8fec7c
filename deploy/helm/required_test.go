package helm_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

const (
	password = "ROCKET_PASSWORD_FILE: {secret: s, key: k}"
	hs256    = "AUTH_HS256_SECRET_FILE: {secret: s, key: k}"
	pemKey   = "AUTH_PUBLIC_KEY_FILE: {secret: s, key: k}"
	accounts = "ROCKET_ACCOUNTS_FILE: {secret: s, key: k}"
	level    = "LOG_LEVEL_FILE: {secret: s, key: k}"
	tlsCert  = "TLS_CERT_FILE: {secret: s, key: k}"
	tlsKey   = "TLS_KEY_FILE: {secret: s, key: k}"
	username = "ROCKET_USERNAME: u"
	jwks     = "AUTH_JWKS_URL: 'https://login.example.com/keys'"
	noTokens = "AUTH_MODE: none"
	oauth    = "ROCKET_AUTH: oauth_v1"
	issuer   = "DOCS_OIDC_ISSUER: 'https://login.example.com'"
	client   = "DOCS_OIDC_CLIENT_ID: docs"
	oauthURL = "ROCKET_OAUTH_URL: 'https://login.example.com'"
)

// Settings that are required together, or exclude each other: chart and gateway refuse the same, and both name a setting.
func TestSettingsThatDependOnEachOther(t *testing.T) {
	for _, tt := range []struct {
		name          string
		config, files []string
		want          string // the setting that the errors name; empty: all is well
	}{
		{"login and secret", []string{username}, []string{password, hs256}, ""},
		{"login and keys of an issuer", []string{username, jwks}, []string{password}, ""},
		{"login and no tokens", []string{username, noTokens}, []string{password}, ""},
		{"accounts alone", []string{noTokens}, []string{accounts}, ""},
		{"accounts and a public key", nil, []string{accounts, pemKey}, ""},
		{"the deprecated login", []string{username, noTokens, oauth, oauthURL}, []string{password}, ""},
		{"HTTPS", []string{username, noTokens}, []string{password, tlsCert, tlsKey}, ""},
		{"two sources of keys without effect", []string{username, noTokens, jwks}, []string{password, hs256}, ""},
		{"a login", []string{username, noTokens, issuer, client}, []string{password}, ""},
		{"a login without client", []string{username, noTokens, issuer}, []string{password}, "DOCS_OIDC_CLIENT_ID"},
		{"a login without issuer", []string{username, noTokens, client}, []string{password}, "DOCS_OIDC_ISSUER"},
		{"nothing", nil, nil, "ROCKET_USERNAME"},
		{"no name", []string{noTokens}, []string{password}, "ROCKET_USERNAME"},
		{"no name beside accounts", []string{noTokens}, []string{password, accounts}, "ROCKET_USERNAME"},
		{"no password", []string{username, noTokens}, nil, "ROCKET_PASSWORD"},
		{"no password beside accounts", []string{username, noTokens}, []string{accounts}, "ROCKET_PASSWORD"},
		{"an empty name", []string{"ROCKET_USERNAME: ''", noTokens}, []string{password}, "ROCKET_USERNAME"},
		{"no keys", []string{username}, []string{password}, "AUTH_JWKS_URL"},
		{"no keys in spite of jwt", []string{username, "AUTH_MODE: jwt"}, []string{password}, "AUTH_JWKS_URL"},
		{"a secret and an issuer", []string{username, jwks}, []string{password, hs256}, "AUTH_JWKS_URL"},
		{"a public key and an issuer", []string{username, jwks}, []string{password, pemKey}, "AUTH_JWKS_URL"},
		{"a secret and a public key", []string{username}, []string{password, hs256, pemKey}, "AUTH_PUBLIC_KEY_FILE"},
		{"the deprecated login without a URL", []string{username, noTokens, oauth}, []string{password}, "ROCKET_OAUTH_URL"},
		{"a certificate alone", []string{username, noTokens}, []string{password, tlsCert}, "TLS_KEY_FILE"},
		{"a key alone", []string{username, noTokens}, []string{password, tlsKey}, "TLS_CERT_FILE"},
		{"two levels", []string{username, noTokens, "LOG_LEVEL: info"}, []string{password, level}, "LOG_LEVEL"},
		{"a small memory", []string{username, noTokens, "CACHE_MEMORY_BYTES: 1000"}, []string{password}, "CACHE_MAX_ENTRY_BYTES"},
		{
			"an entry larger than the memory",
			[]string{username, noTokens, "CACHE_MEMORY_BYTES: 9000000", "CACHE_MAX_ENTRY_BYTES: '9000001'"}, []string{password},
			"CACHE_MAX_ENTRY_BYTES",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, "gateway", tt.want, loadSettings(t, tt.config, tt.files))
			values := "config: {" + strings.Join(tt.config, ", ") + "}\nfiles: {" + strings.Join(tt.files, ", ") + "}"
			_, err := helm(t, "template", "costs", chart, "--values", written(t, values))
			wantRefusal(t, "chart", tt.want, err)
		})
	}
}

func wantRefusal(t *testing.T, who, setting string, err error) {
	t.Helper()
	if (err == nil) != (setting == "") || err != nil && !strings.Contains(err.Error(), setting) {
		t.Errorf("the %s: got %v, want an error that names %q, if any", who, err, setting)
	}
}

// loadSettings returns the error of the gateway for the same settings. Each file has the content that its setting needs.
func loadSettings(t *testing.T, plain, files []string) error {
	t.Helper()
	var environ []string
	for _, setting := range plain {
		name, value, _ := strings.Cut(setting, ": ")
		environ = append(environ, name+"="+strings.Trim(value, "'"))
	}
	contents := contents(t)
	byName := map[string]string{
		"ROCKET_PASSWORD_FILE": "rocket-password", "AUTH_HS256_SECRET_FILE": "auth-secret", "AUTH_PUBLIC_KEY_FILE": "issuer.pem",
		"ROCKET_ACCOUNTS_FILE": "accounts.yaml", "TLS_CERT_FILE": "tls.crt", "TLS_KEY_FILE": "tls.key",
	}
	for _, file := range files {
		name, _, _ := strings.Cut(file, ":")
		content := contents[byName[name]]
		if name == "ROCKET_ACCOUNTS_FILE" {
			content = strings.Replace(content, "password_file: latam", "password_env: EMEA_PASSWORD", 1)
		}
		environ = append(environ, name+"="+written(t, content))
	}
	_, err := config.Load(append(environ, "EMEA_PASSWORD=secret"))
	return err
}

// A Secret whose keys are variables, or a variable of extraEnv, may hold what config and files do not.
func TestRequiredSettingsMayComeFromElsewhere(t *testing.T) {
	elsewhere := map[string]string{
		"a Secret":   "extraEnvFrom: [{secretRef: {name: all}}]",
		"extraEnv":   "extraEnv: [{name: ROCKET_USERNAME, value: u}, {name: ROCKET_PASSWORD, value: p}, {name: AUTH_JWKS_URL, value: x}]",
		"some of it": "config: {ROCKET_USERNAME: u}\nextraEnv: [{name: ROCKET_PASSWORD_FILE, value: p}, {name: AUTH_MODE, value: none}]",
	}
	for _, name := range slices.Sorted(maps.Keys(elsewhere)) {
		if _, err := helm(t, "template", "costs", chart, "--values", written(t, elsewhere[name])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
