package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// A caller without a token learns how to send one, and no more; a caller with an invalid one learns why (RFC 6750, section 3).
func TestChallenges(t *testing.T) {
	a := newAPI(t, withTokens(t))
	valid := claimsOf("ana", distributors("*"))
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, valid).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	good := "Bearer " + sign(t, valid)
	const bare, invalid = `Bearer realm="rocket-gateway"`, `, error="invalid_token", error_description="`
	for name, c := range map[string]struct {
		authorization []string
		want          string
	}{
		"none":           {nil, bare},
		"another scheme": {[]string{"Basic YW5hOnNlY3JldA=="}, bare},
		"no JWT":         {[]string{"Bearer abc"}, bare + invalid + `The token is malformed: a signed JWT has three parts."`},
		"quotes":         {[]string{`Bearer "a.b.c"`}, bare + invalid + `The token is malformed: it has characters that no JWT has."`},
		"unsigned":       {[]string{"Bearer " + unsigned}, bare + invalid + `The token's algorithm is not accepted here. Use HS256."`},
		"tampered":       {[]string{good[:len(good)-4] + "AAAA"}, bare + invalid + `The token's signature is not that of its issuer."`},
		"two of them": {
			[]string{good, good},
			bare + `, error="invalid_request", error_description="The request has more than one Authorization header. Send one."`,
		},
		"expired": {
			[]string{"Bearer " + sign(t, with(valid, jwt.MapClaims{"exp": noon.Unix()}))}, bare + invalid + `The token has expired. Get a new one."`,
		},
		"without end": {
			[]string{"Bearer " + sign(t, jwt.MapClaims{"scope": "usage:read"})},
			bare + invalid + `The token has no expiry (exp); tokens without one are not accepted."`,
		},
		"beyond all limit": {[]string{"Bearer " + strings.Repeat("a", 9000) + ".b.c"}, bare + invalid + `The token is larger than 8 KiB."`},
	} {
		t.Run(name, func(t *testing.T) {
			var header []string
			for _, line := range c.authorization {
				header = append(header, "Authorization", line)
			}
			resp := a.get(usages, header...)
			d := problem(t, resp)
			if resp.StatusCode != 401 || d.Type != "/problems/unauthorized" || d.Errors != nil {
				t.Errorf("%d %+v", resp.StatusCode, d)
			}
			got := resp.Header.Get("WWW-Authenticate")
			if got != c.want {
				t.Errorf("WWW-Authenticate: %s\nwant: %s", got, c.want)
			}
			if _, description, found := strings.Cut(got, `description="`); found && strings.TrimSuffix(description, `"`) != d.Detail {
				t.Errorf("the header has %s, the document %q", got, d.Detail)
			}
			if n := a.calls.Load(); n != 0 {
				t.Errorf("%d requests to Rocket", n)
			}
		})
	}
}

// The headers of a refusal to the letter; HEAD gets the same, without the document.
func TestARefusalToTheLetter(t *testing.T) {
	a := newAPI(t, withTokens(t))
	get, head := a.get(usages, "X-Request-Id", "one"), a.do(http.MethodHead, usages, "X-Request-Id", "one")
	want := http.Header{
		"Cache-Control":           {"no-store"},
		"Content-Length":          {get.Header.Get("Content-Length")},
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"Content-Type":            {"application/problem+json"},
		"Referrer-Policy":         {"no-referrer"},
		"Www-Authenticate":        {`Bearer realm="rocket-gateway"`},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Request-Id":            {"one"},
	}
	for method, resp := range map[string]*http.Response{"GET": get, "HEAD": head} {
		if diff := cmp.Diff(want, resp.Header); diff != "" || resp.StatusCode != 401 {
			t.Errorf("%s: %d %s", method, resp.StatusCode, diff)
		}
	}
	const document = `{"type":"/problems/unauthorized","title":"Not authenticated","status":401,` +
		`"detail":"The request has no token. Send it as Authorization: Bearer <token>.","instance":"/v1/azure/usages","request_id":"one"}` + "\n"
	if got := body(t, get); got != document {
		t.Errorf("%s\nwant %s", got, document)
	}
	if got := body(t, head); got != "" {
		t.Errorf("HEAD has the body %s", got)
	}
}

// A token with other scopes is refused as a token; one whose profiles do not reach is not: no other token of the kind would help.
func TestForbidden(t *testing.T) {
	a := newAPI(t, withTokens(t))
	for _, scope := range []any{nil, "", "cache:purge", "usage:reads usage", []string{"usage:write"}} {
		resp := person{a, sign(t, with(claimsOf("ana", distributors("*")), jwt.MapClaims{"scope": scope}))}.get(usages)
		d := problem(t, resp)
		const want = `Bearer realm="rocket-gateway", error="insufficient_scope", ` +
			`error_description="The token lacks the scope usage:read, which the API needs.", scope="usage:read"`
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 403 || d.Type != "/problems/forbidden" || got != want {
			t.Errorf("scope %v: %d %+v, WWW-Authenticate %s", scope, resp.StatusCode, d, got)
		}
	}
	resp := a.person("ana", customers("c-1")).get(usages + "&customer_id=c-9")
	if d := problem(t, resp); resp.StatusCode != 403 || d.Type != "/problems/forbidden" || resp.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("%d %+v, WWW-Authenticate %s", resp.StatusCode, d, resp.Header.Get("WWW-Authenticate"))
	}
}

// The existence of a resource is no secret; everything else about a query is checked after the token.
func TestWhatNeedsAToken(t *testing.T) {
	a := newAPI(t, withTokens(t))
	ana := a.person("ana", distributors("*"))
	for _, c := range []struct {
		method, target  string
		without, status int
	}{
		{"GET", usages, 401, 200},
		{"HEAD", usages, 401, 200},
		{"GET", "/v1/me", 401, 200},
		{"GET", "/v1/oracle/usages", 401, 404},
		{"GET", usages + "&foo=1", 401, 400},
		{"GET", "/v1/gcp/usages", 401, 403},
		{"GET", "/v1/azure/nothing", 404, 404},
		{"GET", "/v1/me/too", 404, 404},
		{"GET", "/nowhere", 404, 404},
		{"POST", usages, 405, 405},
		{"DELETE", "/v1/me", 405, 405},
		{"OPTIONS", usages, 204, 204},
		{"GET", usages + "&customer_id=" + strings.Repeat("x", 100<<10), 414, 414},
		{"GET", "/openapi.yaml", 200, 200},
		{"GET", "/openapi.json", 200, 200},
		{"GET", "/docs/", 200, 200},
		{"GET", "/docs/assets/swagger-ui.css", 200, 200},
		{"GET", "/problems/unauthorized", 200, 200},
	} {
		if resp := a.do(c.method, c.target); resp.StatusCode != c.without {
			t.Errorf("%s %.40s without a token: %d, want %d", c.method, c.target, resp.StatusCode, c.without)
		}
		if resp := ana.do(c.method, c.target); resp.StatusCode != c.status {
			t.Errorf("%s %.40s with one: %d, want %d", c.method, c.target, resp.StatusCode, c.status)
		}
	}
}

// A token elsewhere than in the Authorization header is none, and is not repeated back.
func TestTokensComeInTheHeaderAlone(t *testing.T) {
	a := newAPI(t, withTokens(t))
	token := sign(t, claimsOf("ana", distributors("*")))
	for _, resp := range []*http.Response{
		a.get(usages + "&access_token=" + token), a.get(usages, "Cookie", "access_token="+token),
		a.get(usages, "X-Authorization", "Bearer "+token),
	} {
		if resp.StatusCode != 401 || strings.Contains(body(t, resp), token) {
			t.Errorf("%d", resp.StatusCode)
		}
	}
	resp := a.person("ana", distributors("*")).get(usages + "&access_token=" + token)
	if d := body(t, resp); resp.StatusCode != 400 || !strings.Contains(d, `"access_token"`) || strings.Contains(d, token) {
		t.Errorf("%d %s", resp.StatusCode, d)
	}
}

// Before the issuer's keys were read once no caller can be verified: that is no fault of the token.
func TestKeysThatCouldNotBeReadYet(t *testing.T) {
	issuer := httptest.NewServer(http.NotFoundHandler())
	defer issuer.Close()
	a := newAPI(t, withTokens(t, func(o *auth.Options) { o.Secret, o.JWKSURL = nil, issuer.URL+"/jwks" }))
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claimsOf("ana"))
	token.Header["alg"] = "RS256" // whatever the signature is, it cannot be verified
	signed, err := token.SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	resp := person{a, signed}.get(usages)
	d := problem(t, resp)
	retry, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
	if resp.StatusCode != 503 || d.Type != "/problems/auth-unavailable" || err != nil || retry < time.Second || retry > 10*time.Second {
		t.Errorf("%d %+v, Retry-After %s", resp.StatusCode, d, resp.Header.Get("Retry-After"))
	}
	if got := resp.Header.Get("WWW-Authenticate"); got != "" {
		t.Errorf("WWW-Authenticate %s: another token would not help", got)
	}
	if resp := a.get("/docs/"); resp.StatusCode != 200 {
		t.Errorf("the docs: %d", resp.StatusCode)
	}
}
