package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

func withOrigins(origins ...string) func(*handlers.Options) {
	return func(o *handlers.Options) { o.Origins = origins }
}

const (
	app     = "https://app.example.com"
	exposed = "ETag, Link, X-Total-Count, Content-Location, X-Period-State, Cache-Status, X-Request-Id, Retry-After"
)

// ofCORS are the fields of the Fetch standard's CORS protocol.
func ofCORS(h http.Header) http.Header {
	fields := http.Header{}
	for name, values := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			fields[name] = values
		}
	}
	return fields
}

func TestAdmittedOrigins(t *testing.T) {
	a := newAPI(t, withOrigins(app, "https://*.partner.example", "http://localhost:3000", "http://*.dev.example:8080"))
	for origin, want := range map[string]bool{
		app:                                   true,
		"http://localhost:3000":               true,
		"https://a.partner.example":           true,
		"https://a.b.partner.example":         true,
		"http://pr-7.dev.example:8080":        true,
		"https://xn--caf-dma.partner.example": true,

		"":                                          false,
		"null":                                      false,
		"*":                                         false,
		"http://app.example.com":                    false,
		"https://app.example.com:443":               false,
		"https://app.example.com:8443":              false,
		"https://app.example.com/":                  false,
		"https://APP.example.com":                   false,
		"HTTPS://app.example.com":                   false,
		"https://app.example.com.evil.com":          false,
		"https://app.example.com.evil.com.":         false,
		"https://app.example.com.":                  false,
		"https://evil-app.example.com":              false,
		"https://evil.com#https://app.example.com":  false,
		"https://app.example.com, https://evil.com": false,
		"app.example.com":                           false,

		"https://partner.example":              false,
		"https://.partner.example":             false,
		"https://*.partner.example":            false,
		"https://evilpartner.example":          false,
		"https://evil-partner.example":         false,
		"https://a.partner.example.evil.com":   false,
		"http://a.partner.example":             false,
		"https://a.partner.example:8443":       false,
		"https://A.partner.example":            false,
		"https://evil.com/.partner.example":    false,
		"https://evil.com:1.partner.example":   false,
		"https://evil.com?.partner.example":    false,
		"https://u@evil.com\\.partner.example": false,
		"https://a b.partner.example":          false,
		"https://a\x00.partner.example":        false,
		"https://é.partner.example":            false,

		"http://localhost":              false,
		"http://localhost:3001":         false,
		"http://localhost:30000":        false,
		"http://pr-7.dev.example":       false,
		"http://pr-7.dev.example:80800": false,
		"http://dev.example:8080":       false,
	} {
		resp := a.get(usages, "Origin", origin)
		expected := http.Header{}
		if want {
			expected = http.Header{"Access-Control-Allow-Origin": {origin}, "Access-Control-Expose-Headers": {exposed}}
		}
		if diff := cmp.Diff(expected, ofCORS(resp.Header)); diff != "" || resp.StatusCode != 200 {
			t.Errorf("Origin %q: %d %s", origin, resp.StatusCode, diff)
		}
	}
}

// A page must be able to read every kind of response, problems first of all; and whatever is cached of them depends on the origin.
func TestPagesReadEveryResponse(t *testing.T) {
	a := newAPI(t, withTokens(t), withOrigins(app), withRate(t, "3/1m"))
	ana := a.person("ana", customers("c-1"))
	tag := ana.get(usages).Header.Get("Etag")
	for name, c := range map[string]struct {
		ask    func(header ...string) *http.Response
		status int
		vary   string
	}{
		"200": {func(h ...string) *http.Response { return ana.get(usages, h...) }, 200, "Authorization, Accept, Accept-Encoding, Origin"},
		"304": {
			func(h ...string) *http.Response { return ana.get(usages, append(h, "If-None-Match", tag)...) }, 304,
			"Authorization, Accept, Accept-Encoding, Origin",
		},
		"me":   {func(h ...string) *http.Response { return ana.get("/v1/me", h...) }, 200, "Authorization, Accept, Accept-Encoding, Origin"},
		"HEAD": {func(h ...string) *http.Response { return ana.do("HEAD", usages, h...) }, 200, "Authorization, Accept, Accept-Encoding, Origin"},
		"400":  {func(h ...string) *http.Response { return ana.get(usages+"&x=1", h...) }, 400, "Origin"},
		"401":  {func(h ...string) *http.Response { return a.get(usages, h...) }, 401, "Origin"},
		"403":  {func(h ...string) *http.Response { return ana.get("/v1/gcp/usages", h...) }, 403, "Origin"},
		"404":  {func(h ...string) *http.Response { return ana.get("/nowhere", h...) }, 404, "Origin"},
		"405":  {func(h ...string) *http.Response { return ana.do("POST", usages, h...) }, 405, "Origin"},
		"431": {func(h ...string) *http.Response {
			return a.get(usages, append(h, "Cookie", strings.Repeat("x", 70<<10))...)
		}, 431, "Origin"},
		"OPTIONS":  {func(h ...string) *http.Response { return a.do("OPTIONS", usages, h...) }, 204, "Origin"},
		"contract": {func(h ...string) *http.Response { return a.get("/openapi.json", h...) }, 200, "Origin"},
		"asset":    {func(h ...string) *http.Response { return a.get("/docs/assets/swagger-ui.css", h...) }, 200, "Origin, Accept-Encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			a.pass(time.Minute)
			for origin, expected := range map[string]http.Header{
				app:                {"Access-Control-Allow-Origin": {app}, "Access-Control-Expose-Headers": {exposed}},
				"https://evil.com": {},
			} {
				resp := c.ask("Origin", origin)
				if diff := cmp.Diff(expected, ofCORS(resp.Header)); diff != "" || resp.StatusCode != c.status {
					t.Errorf("Origin %s: %d %s", origin, resp.StatusCode, diff)
				}
				if got := strings.Join(resp.Header["Vary"], ", "); got != c.vary {
					t.Errorf("Origin %s: Vary %q, want %q", origin, got, c.vary)
				}
			}
			resp := c.ask()
			if got := strings.Join(resp.Header["Vary"], ", "); got != c.vary || len(ofCORS(resp.Header)) > 0 {
				t.Errorf("no Origin: Vary %q, want %q; %v", got, c.vary, ofCORS(resp.Header))
			}
		})
	}
}

// Browsers ask before they send a token, and bring none when they do.
func TestPreflights(t *testing.T) {
	a := newAPI(t, withTokens(t), withOrigins(app), withRate(t, "1/1m"))
	for range 3 { // they are no requests of a caller's
		resp := a.do("OPTIONS", usages, "Origin", app, "Access-Control-Request-Method", "GET",
			"Access-Control-Request-Headers", "authorization,cache-control,traceparent", "X-Request-Id", "one")
		want := http.Header{
			"Access-Control-Allow-Headers": {"Authorization, Cache-Control, If-None-Match, X-Request-Id, traceparent"},
			"Access-Control-Allow-Methods": {"GET, HEAD, OPTIONS"},
			"Access-Control-Allow-Origin":  {app},
			"Access-Control-Max-Age":       {"7200"},
			"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
			"Referrer-Policy":              {"no-referrer"},
			"Vary":                         {"Origin", "Access-Control-Request-Method, Access-Control-Request-Headers"},
			"X-Content-Type-Options":       {"nosniff"},
			"X-Request-Id":                 {"one"},
		}
		if diff := cmp.Diff(want, resp.Header); diff != "" || resp.StatusCode != 204 || body(t, resp) != "" {
			t.Errorf("%d %s", resp.StatusCode, diff)
		}
	}
	resp := a.do("OPTIONS", usages, "Origin", "https://evil.com", "Access-Control-Request-Method", "GET")
	if got := ofCORS(resp.Header); len(got) > 0 || resp.StatusCode != 204 {
		t.Errorf("another origin: %d %v", resp.StatusCode, got)
	}
	if resp := a.do("OPTIONS", usages, "Origin", app); resp.StatusCode != 204 || resp.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("no preflight: %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
	if resp := a.do("GET", usages, "Origin", app, "Access-Control-Request-Method", "GET"); resp.StatusCode != 401 {
		t.Errorf("a GET with a field of preflights: %d, want 401", resp.StatusCode)
	}
}

// Without CORS_ORIGINS no response has a field of the protocol.
func TestNoOrigins(t *testing.T) {
	a := newAPI(t)
	for _, resp := range []*http.Response{
		a.get(usages, "Origin", app), a.get("/v1/me", "Origin", app), a.get(usages+"&x=1", "Origin", app),
		a.do("OPTIONS", usages, "Origin", app, "Access-Control-Request-Method", "GET"), a.get("/docs/", "Origin", app),
	} {
		if got := ofCORS(resp.Header); len(got) > 0 || strings.Contains(strings.Join(resp.Header["Vary"], ","), "Origin") {
			t.Errorf("%d %v, Vary %q", resp.StatusCode, got, resp.Header["Vary"])
		}
	}
	if got := a.get(usages, "Origin", app).Header["Vary"]; !cmp.Equal(got, []string{"Authorization, Accept, Accept-Encoding"}) {
		t.Errorf("Vary %q", got)
	}
	resp := a.do("OPTIONS", usages, "Origin", app, "Access-Control-Request-Method", "GET")
	if resp.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("OPTIONS: %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// Whatever comes as an origin, one that is admitted is what a browser could have sent for a page that was meant.
func FuzzOrigins(f *testing.F) {
	for _, origin := range []string{
		app, "https://a.partner.example", "https://a.b.partner.example", "https://evil.com/.partner.example", "https://.partner.example",
		"https://*.partner.example", "null", "https://a..partner.example", "https://a.partner.example:8080",
	} {
		f.Add(origin)
	}
	a := newAPI(f, withOrigins(app, "https://*.partner.example"))
	f.Fuzz(func(t *testing.T, origin string) {
		r, w := httptest.NewRequest(http.MethodGet, "/nowhere", nil), httptest.NewRecorder()
		r.Header.Set("Origin", origin)
		a.handler.ServeHTTP(w, r)
		got, admitted := w.Result().Header["Access-Control-Allow-Origin"]
		if !admitted {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || !cmp.Equal(got, []string{origin}) || "https://"+u.Host != origin || u.Host != strings.ToLower(u.Hostname()) {
			t.Fatalf("%q was admitted as %q (%v)", origin, got, err)
		}
		name, below := strings.CutSuffix(u.Host, ".partner.example")
		if origin != app && (!below || name == "") {
			t.Errorf("%q was admitted", origin)
		}
	})
}
