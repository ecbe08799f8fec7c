package handlers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

// idp is an OpenID Connect issuer. Its pages are on one origin and its token endpoint is on another, and it refuses what a careful one
// would: other clients and redirect URIs, no PKCE, a code that is used twice, and requests that need a preflight.
type idp struct {
	t             *testing.T
	login, tokens *httptest.Server
	redirect      string // the registered redirect URI
	token         string // that it issues
	refuse        bool   // people refuse the login
	mu            sync.Mutex
	challenge     string // of the code that is not used yet; guarded by mu
}

const loginCode = "one-time-code"

func newIDP(t *testing.T) *idp {
	i := &idp{t: t}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": i.login.URL, "authorization_endpoint": i.login.URL + "/authorize?theme=dark", "token_endpoint": i.tokens.URL + "/token",
		})
	})
	pages.HandleFunc("GET /authorize", i.authorize)
	i.login = httptest.NewServer(pages)
	t.Cleanup(i.login.Close)
	i.tokens = httptest.NewServer(http.HandlerFunc(i.exchange))
	t.Cleanup(i.tokens.Close)
	return i
}

// authorize shows a page on which a person logs in. The page cuts itself off from the window that opened it.
func (i *idp) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{
		"theme": "dark", "response_type": "code", "client_id": "docs", "redirect_uri": i.redirect, "scope": "openid usage:read",
		"code_challenge_method": "S256",
	} {
		if got := q.Get(name); got != want {
			i.t.Errorf("authorization request: %s %q, want %q", name, got, want)
		}
	}
	if len(q.Get("state")) < 20 || len(q.Get("code_challenge")) != 43 {
		i.t.Errorf("authorization request: state %q, challenge %q", q.Get("state"), q.Get("code_challenge"))
	}
	i.mu.Lock()
	i.challenge = q.Get("code_challenge")
	i.mu.Unlock()
	back := url.Values{"code": {loginCode}, "state": {q.Get("state")}}
	if i.refuse {
		back = url.Values{"error": {"access_denied"}, "error_description": {"not today"}, "state": {q.Get("state")}}
	}
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
	w.Header().Set("Refresh", "0; url="+i.redirect+"?"+back.Encode())
	_, _ = w.Write([]byte("<title>Who are you?</title>"))
}

// exchange returns the token for a code and its verifier, once.
func (i *idp) exchange(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	i.mu.Lock()
	ok := r.Method == http.MethodPost && r.PostFormValue("code") == loginCode && r.PostFormValue("client_id") == "docs" &&
		r.PostFormValue("redirect_uri") == i.redirect && r.PostFormValue("grant_type") == "authorization_code" &&
		base64.RawURLEncoding.EncodeToString(sum[:]) == i.challenge
	i.challenge = ""
	i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		i.t.Errorf("token request: %s %v", r.Method, r.PostForm)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": i.token, "token_type": "Bearer", "expires_in": 300})
}

// withLogin makes the issuer that of the docs page.
func (i *idp) withLogin(o *handlers.Options) {
	d := oidc.Discover(oidc.Options{Issuer: i.login.URL, Log: o.Log})
	i.t.Cleanup(d.Close)
	testkit.Until(i.t, "the issuer is discovered", func() bool { return d.Endpoints() != nil })
	o.Login = &handlers.Login{Issuer: i.login.URL, ClientID: "docs", Scopes: []string{"openid", "usage:read"}, Endpoints: d.Endpoints}
}

// A person logs in at an issuer on another origin, and sees its own rows without having seen a token.
func logsIn(t *testing.T, browser chromium.Browser) {
	i := newIDP(t)
	a := newAPI(t, withTokens(t), i.withLogin)
	a.responds(array(rows[:]...))
	server := httptest.NewServer(a.handler)
	defer server.Close()
	i.redirect, i.token = server.URL+"/docs/oauth2-redirect.html", a.person("ana", customers("c-1", "c-2")).token
	p := openDocs(t, browser, server.URL, i.tokens.URL)
	p.Do(t, chromedp.Click(".auth-wrapper button.authorize"), chromedp.WaitVisible(".modal-ux input[data-name=clientId]"))
	if shown := p.Text(t, ".modal-ux"); !strings.Contains(shown, "Its issuer is "+i.login.URL) || strings.Contains(shown, "client_secret") {
		t.Errorf("the page does not say where to get a token, or asks for a client's secret: %q", shown)
	}
	p.Do(t, chromedp.Click(".modal-ux .auth-container:has([data-name=clientId]) button.authorize"),
		chromedp.WaitNotPresent(".modal-ux input[data-name=clientId]"),
		chromedp.Click(".modal-ux button.btn-done"), chromedp.WaitNotPresent(".modal-ux"))
	p.execute(t, operation, catalog)
	if shown := p.wantResponse(t, operation, `"id": "c-1"`); strings.Contains(shown, "c-3") {
		t.Errorf("rows of others are shown: %q", shown)
	}
	stored := chromium.Get(t, p.Page, chromedp.Evaluate[string](`JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])`))
	if stored != `[{},{},""]` {
		t.Errorf("the page keeps %s", stored)
	}
}

// A refused login is shown.
func isRefused(t *testing.T, browser chromium.Browser) {
	i := newIDP(t)
	i.refuse = true
	a := newAPI(t, withTokens(t), i.withLogin)
	server := httptest.NewServer(a.handler)
	defer server.Close()
	i.redirect = server.URL + "/docs/oauth2-redirect.html"
	p := openDocs(t, browser, server.URL)
	p.Do(t, chromedp.Click(".auth-wrapper button.authorize"), chromedp.WaitVisible(".modal-ux input[data-name=clientId]"),
		chromedp.Click(".modal-ux .auth-container:has([data-name=clientId]) button.authorize"),
		chromedp.WaitVisible(".modal-ux .errors"))
	if shown := p.Text(t, ".modal-ux .errors"); !strings.Contains(shown, "access_denied") || !strings.Contains(shown, "not today") {
		t.Errorf("shown: %q", shown)
	}
}
