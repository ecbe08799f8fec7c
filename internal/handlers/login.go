package handlers

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
)

// Login is how people log in on the docs page: at an OpenID Connect issuer, by authorization code with PKCE (RFC 7636).
type Login struct {
	Issuer    string
	ClientID  string
	Scopes    []string
	Endpoints func() *oidc.Endpoints // nil until they are known; then they never change
}

// loginSettings are what the script of the page reads.
type loginSettings struct {
	Issuer        string   `json:"issuer"`
	ClientID      string   `json:"client_id"`
	Scopes        []string `json:"scopes"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
}

// docsPage is the page with Swagger UI.
type docsPage struct {
	login   *Login // nil: there is none
	without *static
	with    func() *static // once the endpoints are known
}

func newDocsPage(login *Login) (*docsPage, error) {
	page, err := template.ParseFS(docs, "docs/index.html")
	if err != nil {
		return nil, err
	}
	without, err := renderDocs(page, nil, "")
	if err != nil {
		return nil, err
	}
	with := sync.OnceValue(func() *static {
		e := login.Endpoints()
		page, err := renderDocs(page, &loginSettings{login.Issuer, login.ClientID, login.Scopes, e.Authorization, e.Token}, e.TokenOrigin)
		if err != nil {
			return without // what was rendered without a login has no such error
		}
		return page
	})
	return &docsPage{login, without, with}, nil
}

// renderDocs returns the page; it may also talk to the origin of a token endpoint, if that is not empty.
func renderDocs(page *template.Template, login *loginSettings, tokenOrigin string) (*static, error) {
	settings, err := json.Marshal(login)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	if err := page.Execute(&content, string(settings)); err != nil {
		return nil, err
	}
	policy := docsPolicy
	if tokenOrigin != "" {
		policy = strings.Replace(policy, "connect-src 'self'", "connect-src 'self' "+tokenOrigin, 1)
	}
	return newStatic("index.html", content.Bytes(), policy, revalidate), nil
}

// or returns a handler that serves the page below /docs/, and everything else there by others.
func (p *docsPage) or(others http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch chi.URLParam(r, "*") {
		case "", "index.html":
			p.serve(w, r)
		default:
			others(w, r)
		}
	}
}

// serve sends the page. It shares its browsing context group with the windows that it opens, so that an issuer's page can close itself,
// and with no page that opens it.
func (p *docsPage) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
	if p.login != nil && p.login.Endpoints() != nil {
		p.with().serve(w, r)
		return
	}
	p.without.serve(w, r)
}
