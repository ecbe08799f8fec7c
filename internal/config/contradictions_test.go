package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var keyVariables = []string{"AUTH_HS256_SECRET", "AUTH_JWKS_URL", "AUTH_PUBLIC_KEY_FILE", "AUTH_MODE=none"}

func TestContradictions(t *testing.T) {
	for _, tt := range []struct {
		what    string
		environ []string
		name    string
		words   []string
	}{
		{"no user name", []string{"ROCKET_USERNAME="}, "ROCKET_USERNAME", []string{"required"}},
		{"no password", []string{"ROCKET_PASSWORD="}, "ROCKET_PASSWORD", []string{"required", "ROCKET_PASSWORD_FILE"}},
		{"oauth_v1 without a URL", []string{"ROCKET_AUTH=oauth_v1"}, "ROCKET_OAUTH_URL", []string{"required", "oauth_v1"}},
		{"a login without client", []string{"DOCS_OIDC_ISSUER=https://login.example.com"}, "DOCS_OIDC_CLIENT_ID", []string{"required"}},
		{"a login without issuer", []string{"DOCS_OIDC_CLIENT_ID=docs"}, "DOCS_OIDC_ISSUER", []string{"required"}},
		{
			"a login with a misspelt client", []string{"DOCS_OIDC_ISSUER=https://login.example.com", "DOCS_OIDC_CLIENTID=docs"},
			"DOCS_OIDC_CLIENT_ID", []string{"DOCS_OIDC_CLIENTID is set; did you mean that"},
		},
		{"certificate without key", []string{"TLS_CERT_FILE=" + certFile}, "TLS_CERT_FILE", []string{"TLS_KEY_FILE"}},
		{"key without certificate", []string{"TLS_KEY_FILE=" + keyFile}, "TLS_CERT_FILE", []string{"TLS_KEY_FILE"}},
		{
			"an entry larger than the memory", []string{"CACHE_MEMORY_BYTES=1000", "CACHE_MAX_ENTRY_BYTES=1001"},
			"CACHE_MAX_ENTRY_BYTES", []string{"CACHE_MEMORY_BYTES"},
		},
		{
			"memory smaller than the default entry", []string{"CACHE_MEMORY_BYTES=1000"},
			"CACHE_MAX_ENTRY_BYTES", []string{"CACHE_MEMORY_BYTES"},
		},
		{"jwt without keys", []string{"AUTH_MODE=jwt"}, "AUTH_MODE", keyVariables},
		{"jwt by default", []string{"AUTH_MODE="}, "AUTH_MODE", keyVariables},
		{
			"a misspelt key", []string{"AUTH_MODE=jwt", "AUTH_JWSK_URL=https://login.example.com"},
			"AUTH_MODE", []string{"AUTH_JWSK_URL is set; did you mean that"},
		},
		{
			"two sources of keys", []string{"AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret, "AUTH_JWKS_URL=https://login.example.com"},
			"AUTH_HS256_SECRET", []string{"keep one", "AUTH_JWKS_URL"},
		},
		{
			"two others", []string{"AUTH_MODE=jwt", "AUTH_PUBLIC_KEY_FILE=" + certFile, "AUTH_JWKS_URL=https://login.example.com"},
			"AUTH_JWKS_URL", []string{"keep one", "AUTH_PUBLIC_KEY_FILE"},
		},
	} {
		t.Run(tt.what, func(t *testing.T) { wantFault(t, with(tt.environ...), tt.name, tt.words...) })
	}
}

func TestNoContradiction(t *testing.T) {
	for what, environ := range map[string][]string{
		"the required ones alone":     {},
		"oauth_v1 with its URL":       {"ROCKET_AUTH=oauth_v1", "ROCKET_OAUTH_URL=https://login.example.com"},
		"an OAuth URL without effect": {"ROCKET_OAUTH_URL=https://login.example.com"},
		"issuer and client": {
			"DOCS_OIDC_ISSUER=https://login.example.com", "DOCS_OIDC_CLIENT_ID=docs", "AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret,
		},
		"certificate and key":               {"TLS_CERT_FILE=" + certFile, "TLS_KEY_FILE=" + keyFile},
		"one entry that is all the memory":  {"CACHE_MEMORY_BYTES=1000", "CACHE_MAX_ENTRY_BYTES=1000"},
		"jwt with a secret":                 {"AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret},
		"jwt with an issuer's keys":         {"AUTH_MODE=", "AUTH_JWKS_URL=https://login.example.com/keys"},
		"jwt with a file":                   {"AUTH_MODE=jwt", "AUTH_PUBLIC_KEY_FILE=" + certFile},
		"a line that is no variable at all": {"nonsense", "=C:=C:\\"},
	} {
		t.Run(what, func(t *testing.T) {
			if lines := faults(t, with(environ...)); lines != nil {
				t.Errorf("faults: %q", lines)
			}
		})
	}
}

// Without any setting, the faults are about all that is required.
func TestNothingSet(t *testing.T) {
	want := []string{"AUTH_MODE", "ROCKET_PASSWORD", "ROCKET_USERNAME"}
	if diff := cmp.Diff(want, named(faults(t, nil))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
