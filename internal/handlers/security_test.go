package handlers_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// Every kind of response has the security fields. Pages for people have policies of their own.
func TestSecurityHeaders(t *testing.T) {
	const (
		nothing = "default-src 'none'; frame-ancestors 'none'"
		docs    = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		explanation = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	)
	for _, https := range []bool{false, true} {
		a := newAPI(t, withTokens(t), withOrigins(app), func(o *handlers.Options) { o.HTTPS = https })
		ana := a.person("ana", distributors("*"))
		page := a.get("/docs/").Header.Get("Etag")
		for name, c := range map[string]struct {
			resp   *http.Response
			status int
			policy string
		}{
			"a 200":             {ana.get(usages), 200, nothing},
			"a 304":             {ana.get(usages, "If-None-Match", "*"), 304, nothing},
			"HEAD":              {ana.do("HEAD", usages), 200, nothing},
			"me":                {ana.get("/v1/me"), 200, nothing},
			"a problem":         {a.get(usages), 401, nothing},
			"no such path":      {a.get("/nowhere"), 404, nothing},
			"OPTIONS":           {a.do("OPTIONS", usages), 204, nothing},
			"a preflight":       {a.do("OPTIONS", usages, "Origin", app, "Access-Control-Request-Method", "GET"), 204, nothing},
			"the contract":      {a.get("/openapi.yaml"), 200, nothing},
			"an asset":          {a.get("/docs/assets/swagger-ui.css"), 200, nothing},
			"a missing asset":   {a.get("/docs/assets/none.css"), 404, nothing},
			"a redirect":        {a.get("/docs"), 301, nothing},
			"the docs":          {a.get("/docs/"), 200, docs},
			"the docs, 304":     {a.get("/docs/", "If-None-Match", page), 304, docs},
			"the docs' script":  {a.get("/docs/docs.js"), 200, docs},
			"the start page":    {a.get("/"), 200, explanation},
			"the login's end":   {a.get("/docs/oauth2-redirect.html"), 200, docs},
			"an explanation":    {a.get("/problems/forbidden"), 200, explanation},
			"a missing docs.js": {a.get("/docs/none.js"), 404, nothing},
		} {
			want := http.Header{
				"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"no-referrer"}, "Content-Security-Policy": {c.policy},
			}
			if https {
				want["Strict-Transport-Security"] = []string{"max-age=31536000"}
			}
			got := http.Header{}
			for _, field := range []string{"X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "Strict-Transport-Security"} {
				if values, ok := c.resp.Header[field]; ok {
					got[field] = values
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || c.resp.StatusCode != c.status {
				t.Errorf("%s, HTTPS %v: %d %s", name, https, c.resp.StatusCode, diff)
			}
		}
	}
}
