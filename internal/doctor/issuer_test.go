package doctor_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
)

func TestIssuersKeys(t *testing.T) {
	for name, tt := range map[string]struct {
		status         int
		body           string
		outcome        doctor.Outcome
		detail, advice string
	}{
		"some": {
			200, `{"keys":[{"kty":"RSA","use":"sig"},{"kty":"EC"},{"kty":"OKP"},{"kty":"oct"},{"kty":"RSA","use":"enc"}]}`, doctor.OK, "3 keys", "",
		},
		"none":      {200, `{"keys":[]}`, doctor.Failed, "no key", "AUTH_JWKS_URL"},
		"no set":    {200, `<html>`, doctor.Failed, "no JSON Web Key Set", "AUTH_JWKS_URL"},
		"not there": {404, ``, doctor.Failed, "status 404", "AUTH_JWKS_URL"},
		"too large": {200, `{"keys":["` + strings.Repeat("x", 1<<20) + `"]}`, doctor.Failed, "no JSON Web Key Set", "AUTH_JWKS_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			defer server.Close()
			o := options(t, "http://rocket.test")
			o.KeysURL = server.URL + "/secret-path"
			wantFinding(t, examine(t, o)["issuer's keys"], tt.outcome, tt.detail, tt.advice)
		})
	}
}

func TestIssuerThatIsAway(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for url, detail := range map[string]string{server.URL + "/secret-path": "connection refused", "http://[": "no URL"} {
		o := options(t, "http://rocket.test")
		o.KeysURL = url
		f := examine(t, o)["issuer's keys"]
		wantFinding(t, f, doctor.Failed, detail, "AUTH_JWKS_URL")
		if strings.Contains(f.Detail, "secret-path") {
			t.Error(f.Detail)
		}
	}
}

func TestOpenGateway(t *testing.T) {
	o := options(t, "http://rocket.test")
	o.Open, o.KeysURL = true, "http://issuer.test"
	wantFinding(t, examine(t, o)["issuer's keys"], doctor.Warning, "every caller has full access", "AUTH_MODE=jwt")
}

func TestLoginOnTheDocsPage(t *testing.T) {
	const endpoints = `,"authorization_endpoint":"https://login.test/a","token_endpoint":"https://tokens.test/t"`
	for name, tt := range map[string]struct {
		metadata       string // after the issuer
		outcome        doctor.Outcome
		detail, advice string
	}{
		"all is well": {endpoints + `,"code_challenge_methods_supported":["plain","S256"]`, doctor.OK, "https://tokens.test", ""},
		"another method": {
			endpoints + `,"code_challenge_methods_supported":["plain"]`, doctor.Failed, "PKCE with plain alone", "DOCS_OIDC_CLIENT_ID",
		},
		"no methods":     {endpoints, doctor.Warning, "does not state", "try a login"},
		"no endpoints":   {``, doctor.Failed, "authorization_endpoint must be", "DOCS_OIDC_ISSUER"},
		"another issuer": {endpoints + `,"issuer":"https://other.test"`, doctor.Failed, "of issuer \"https://other.test\"", "DOCS_OIDC_ISSUER"},
	} {
		t.Run(name, func(t *testing.T) {
			var issuer *httptest.Server
			issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"issuer":"`+issuer.URL+`"`+tt.metadata+`}`)
			}))
			defer issuer.Close()
			o := options(t, "http://rocket.test")
			o.LoginIssuer = issuer.URL
			wantFinding(t, examine(t, o)["login on the docs page"], tt.outcome, tt.detail, tt.advice)
		})
	}
	o := options(t, "http://rocket.test")
	o.LoginIssuer = "http://127.0.0.1:1"
	wantFinding(t, examine(t, o)["login on the docs page"], doctor.Failed, "connection refused", "the docs page has no login")
}
