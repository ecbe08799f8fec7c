package handlers_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
)

func TestTheContractIsServedInBothForms(t *testing.T) {
	a := newAPI(t)
	asYAML, asJSON := a.get("/openapi.yaml"), a.get("/openapi.json")
	if got := asYAML.Header.Get("Content-Type"); got != "application/yaml" {
		t.Errorf("Content-Type %q", got)
	}
	if got := asJSON.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	text := body(t, asYAML)
	var fromYAML, fromJSON any
	if err := yaml.Unmarshal([]byte(text), &fromYAML); err != nil {
		t.Fatal(err)
	}
	normal, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(normal, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(body(t, asJSON)), &fromJSON); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromYAML, fromJSON) {
		t.Error("the two forms differ")
	}
}

func TestStaticFilesAreCheckedByTag(t *testing.T) {
	a := newAPI(t)
	for _, target := range []string{
		"/", "/openapi.yaml", "/openapi.json", "/docs/", "/docs/docs.js", "/docs/docs.css", "/problems/not-found",
	} {
		resp := a.get(target)
		tag := resp.Header.Get("Etag")
		if resp.StatusCode != 200 || tag == "" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", target, resp.StatusCode, resp.Header)
		}
		if part := a.get(target, "Range", "bytes=999999-", "If-Match", `"x"`); part.StatusCode != 200 {
			t.Errorf("%s: %d for a range", target, part.StatusCode)
		}
		if again := a.get(target, "If-None-Match", tag); again.StatusCode != 304 {
			t.Errorf("%s: %d, want 304", target, again.StatusCode)
		}
		if head := a.do(http.MethodHead, target); head.StatusCode != 200 || body(t, head) != "" {
			t.Errorf("HEAD %s: %d", target, head.StatusCode)
		}
	}
}

func TestDocsRunTheirOwnFilesAlone(t *testing.T) {
	a := newAPI(t)
	policy := a.get("/docs/").Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'; script-src 'self'; style-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, file := range []string{"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"} {
		if resp := a.get("/docs/assets/"+file, "Accept-Encoding", "gzip"); resp.StatusCode != 200 {
			t.Errorf("%s: %d", file, resp.StatusCode)
		}
	}
	if resp := a.get("/docs"); resp.StatusCode != 301 || resp.Header.Get("Location") != "/docs/" {
		t.Errorf("/docs: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestDocsCanBeOff(t *testing.T) {
	a := newAPI(t, func(o *handlers.Options) { o.Docs = false })
	for _, target := range []string{
		"/", "/docs/", "/docs/oauth2-redirect.html", "/openapi.yaml", "/openapi.json", "/docs/assets/swagger-ui.css",
	} {
		if resp := a.get(target); resp.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", target, resp.StatusCode)
		}
	}
	if d := problem(t, a.get("/nowhere")); d.Detail != "There is no such resource." {
		t.Errorf("detail %q", d.Detail)
	}
	if resp := a.get("/problems/not-found"); resp.StatusCode != 200 {
		t.Errorf("explanations are no docs: %d", resp.StatusCode)
	}
}

// Tokens are required in the served contract wherever this gateway requires them, and do not occur in that of one without.
func TestTheContractRequiresTokensAsTheGatewayDoes(t *testing.T) {
	required := []any{map[string]any{"bearerAuth": []any{}}}
	for name, tt := range map[string]struct {
		change   func(*handlers.Options)
		security any
		source   string // of tokens; empty: there are none
	}{
		"no tokens": {func(*handlers.Options) {}, nil, ""},
		"tokens":    {withTokens(t), required, "operator"},
		"a known issuer": {
			func(o *handlers.Options) { withTokens(t)(o); o.Issuer = "https://login.example.com" }, required, "`https://login.example.com`",
		},
		"a login": {
			func(o *handlers.Options) {
				withTokens(t)(o)
				o.Login = &handlers.Login{Issuer: "https://login.example.com", Endpoints: func() *oidc.Endpoints { return nil }}
			}, required, "log in there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var document struct {
				Security   any
				Paths      map[string]map[string]map[string]any
				Components struct {
					SecuritySchemes map[string]struct{ Description string }
				}
			}
			text := body(t, newAPI(t, tt.change).get("/openapi.json"))
			if err := json.Unmarshal([]byte(text), &document); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(document.Security, tt.security) {
				t.Errorf("security: %v", document.Security)
			}
			if got := document.Components.SecuritySchemes["bearerAuth"].Description; !strings.Contains(got, tt.source) {
				t.Errorf("description %q", got)
			}
			if tt.source == "" && strings.Contains(text, "bearerAuth") {
				t.Error("bearerAuth occurs")
			}
		})
	}
}

// The page has no login until the issuer is known, and may then talk to the origin of its token endpoint, and no other.
func TestTheLoginBeginsOnceTheIssuerIsKnown(t *testing.T) {
	var known *oidc.Endpoints
	a := newAPI(t, withTokens(t), func(o *handlers.Options) {
		o.Login = &handlers.Login{
			Issuer: "https://login.example.com", ClientID: `a"b<c`, Scopes: []string{"openid"}, Endpoints: func() *oidc.Endpoints { return known },
		}
	})
	before := a.get("/docs/")
	if text := body(t, before); !strings.Contains(text, `data-login="null"`) {
		t.Error("there is a login")
	}
	known = &oidc.Endpoints{
		Authorization: "https://login.example.com/a", Token: "https://tokens.example.com/t", TokenOrigin: "https://tokens.example.com",
	}
	for _, target := range []string{"/docs/", "/docs/index.html"} {
		resp := a.get(target, "If-None-Match", before.Header.Get("Etag"))
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "; connect-src 'self' https://tokens.example.com; ") {
			t.Errorf("policy %q", policy)
		}
		if got := resp.Header.Get("Cross-Origin-Opener-Policy"); got != "same-origin-allow-popups" || resp.StatusCode != 200 {
			t.Errorf("%d, opener policy %q", resp.StatusCode, got)
		}
		if text := body(t, resp); !strings.Contains(text, "https://tokens.example.com/t") || strings.Contains(text, `b<c`) {
			t.Errorf("page: %s", text)
		}
	}
	if policy := a.get("/docs/oauth2-redirect.html").Header.Get("Content-Security-Policy"); strings.Contains(policy, "tokens") {
		t.Errorf("policy %q of another page", policy)
	}
}

func TestTheStartPageLinksToTheDocs(t *testing.T) {
	for _, base := range []string{"", "/costs"} {
		a := newAPI(t, func(o *handlers.Options) { o.BasePath = base })
		resp := a.get("/")
		text := body(t, resp)
		for _, link := range []string{"/docs/", "/openapi.yaml", "/openapi.json"} {
			if !strings.Contains(text, `href="`+base+link+`"`) {
				t.Errorf("base path %q: no link to %s in %s", base, link, text)
			}
		}
		if resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%v", resp.Header)
		}
	}
}
