package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

var secret = []byte("a-secret-of-thirty-two-bytes-....")

// noon is when the verifiers live.
var noon = time.Date(2025, 6, 18, 12, 0, 0, 0, time.UTC)

// port is the admin listener of a gateway with tokens.
type port struct {
	t       *testing.T
	handler http.Handler
	log     bytes.Buffer
	purges  []cache.Purge
	fails   error // of a purge
}

func newPort(t *testing.T, change ...func(*auth.Options)) *port {
	t.Helper()
	p := &port{t: t}
	log := slog.New(slog.NewJSONHandler(&p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := auth.Options{Secret: secret, ProfilesClaim: "profiles", Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	v, err := auth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	p.handler = admin.Handler(admin.Options{
		Registry: prometheus.NewRegistry(), Auth: v, Audit: log, Ready: yes,
		Purge: func(_ context.Context, purge cache.Purge) error {
			p.purges = append(p.purges, purge)
			return p.fails
		},
	})
	return p
}

// purge orders everything to go, from another machine and with no content type: the token alone counts.
func (p *port) purge(authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/cache/purge", strings.NewReader(`{"all":true}`))
	r.RemoteAddr = "192.0.2.7:4711"
	r.Header["Authorization"], r.Header["X-Request-Id"] = authorization, []string{"one"}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

func (p *port) token(scope string, lifetime time.Duration) string {
	p.t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "https://login.example.com", "sub": "ana", "azp": "portal", "scope": scope, "exp": noon.Add(lifetime).Unix(),
	}).SignedString(secret)
	if err != nil {
		p.t.Fatal(err)
	}
	return "Bearer " + token
}

func TestPurgesByToken(t *testing.T) {
	p := newPort(t)
	for _, scope := range []string{"cache:purge", "usage:read cache:purge"} {
		if w := p.purge(p.token(scope, time.Hour)); w.Code != 200 || w.Body.String() != `{"status":"purged"}`+"\n" {
			t.Errorf("%s: %d %s", scope, w.Code, w.Body)
		}
	}
	if len(p.purges) != 2 {
		t.Errorf("%d purges", len(p.purges))
	}
}

// Refusals say what is missing as those of the API do (RFC 6750, section 3), and purge nothing.
func TestPurgesRefused(t *testing.T) {
	p := newPort(t)
	const bare = `Bearer realm="rocket-gateway"`
	for name, c := range map[string]struct {
		authorization []string
		status        int
		challenge     string
		detail        string
	}{
		"no token": {nil, 401, bare, "The request has no token. Send it as Authorization: Bearer <token>."},
		"expired": {
			[]string{p.token("cache:purge", -time.Hour)}, 401,
			bare + `, error="invalid_token", error_description="The token has expired. Get a new one."`, "The token has expired. Get a new one.",
		},
		"two tokens": {
			[]string{p.token("cache:purge", time.Hour), p.token("cache:purge", time.Hour)}, 401,
			bare + `, error="invalid_request", error_description="The request has more than one Authorization header. Send one."`,
			"The request has more than one Authorization header. Send one.",
		},
		"without the scope": {
			[]string{p.token("usage:read", time.Hour)}, 403,
			bare + `, error="insufficient_scope", error_description="The token lacks the scope cache:purge, which purging needs.", ` +
				`scope="cache:purge"`,
			"The token lacks the scope cache:purge, which purging needs.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := p.purge(c.authorization...)
			var d struct {
				Title, Detail, Instance string
				Status                  int
				ID                      string `json:"request_id"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
				t.Fatal(err)
			}
			if w.Code != c.status || d.Status != c.status || d.Title != http.StatusText(c.status) || d.Detail != c.detail ||
				d.Instance != "/cache/purge" || d.ID != "one" {
				t.Errorf("%d %+v", w.Code, d)
			}
			want := http.Header{
				"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "Www-Authenticate": {c.challenge},
				"X-Request-Id": {"one"},
			}
			if diff := cmp.Diff(want, w.Header()); diff != "" {
				t.Error(diff)
			}
			if len(p.purges) != 0 {
				t.Errorf("%d purges", len(p.purges))
			}
		})
	}
}

func TestPurgesBeforeThereAreKeys(t *testing.T) {
	issuer := httptest.NewServer(http.NotFoundHandler())
	defer issuer.Close()
	p := newPort(t, func(o *auth.Options) { o.Secret, o.JWKSURL = nil, issuer.URL })
	w := p.purge("Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA") // {"alg":"ES256"}, {}
	retry, err := time.ParseDuration(w.Header().Get("Retry-After") + "s")
	if w.Code != 503 || err != nil || retry < time.Second || retry > 10*time.Second || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// Every purge has a line with its caller, and with the error if it failed; no line has a token.
func TestPurgesAreLogged(t *testing.T) {
	p := newPort(t)
	p.purge(p.token("cache:purge", time.Hour))
	p.fails = errors.New("dial redis.internal:6379: refused")
	if w := p.purge(p.token("cache:purge", time.Hour)); w.Code != 503 || strings.Contains(w.Body.String(), "redis.internal") {
		t.Errorf("a purge that fails: %d %s", w.Code, w.Body)
	}
	p.purge(p.token("usage:read", time.Hour))
	p.purge()
	var lines []map[string]any
	for line := range strings.Lines(p.log.String()) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		delete(o, "time")
		lines = append(lines, o)
	}
	done := map[string]any{
		"level": "INFO", "msg": "purge", "request_id": "one", "query": "", "tags": nil, "all": true, "hard": false, "done": true,
		"caller": map[string]any{"issuer": "https://login.example.com", "subject": "ana", "client": "portal"},
	}
	failed := maps.Clone(done)
	maps.Copy(failed, map[string]any{"level": "WARN", "done": false, "error": "dial redis.internal:6379: refused"})
	if diff := cmp.Diff([]map[string]any{done, failed}, lines); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(p.log.String(), "eyJhbGciOi") {
		t.Error("the log has a token")
	}
}
