package handlers_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
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
	for _, target := range []string{"/", "/openapi.yaml", "/openapi.json", "/docs/", "/docs/docs.js", "/docs/docs.css", "/problems/not-found"} {
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
	for _, target := range []string{"/", "/docs/", "/docs/oauth2-redirect.html", "/openapi.yaml", "/openapi.json", "/docs/assets/swagger-ui.css"} {
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
