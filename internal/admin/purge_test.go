package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// purging gives the port and the purges that reach the cache.
func purging(fails error) (http.Handler, *[]cache.Purge) {
	var seen []cache.Purge
	return admin.Handler(admin.Options{
		Registry: telemetry.NewMetrics("").Registry, Audit: slog.New(slog.DiscardHandler),
		Question: func(target string) (query.Query, error) {
			if target != "/v1/azure/usages?customer_id=c" {
				return query.Query{}, &fault.Error{Kind: fault.InvalidRequest, Params: []fault.Param{{Name: "x", Message: "is not a parameter"}}}
			}
			return query.Query{Endpoint: query.Usages, CustomerID: "c"}, nil
		},
		Purge: func(_ context.Context, p cache.Purge) error {
			seen = append(seen, p)
			return fails
		},
	}), &seen
}

func post(h http.Handler, remote, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/cache/purge", strings.NewReader(body))
	r.RemoteAddr, r.Host = remote, "localhost:9090"
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const here, asJSON = "127.0.0.1:4711", "application/json; charset=utf-8"

func TestPurges(t *testing.T) {
	for body, want := range map[string]cache.Purge{
		`{"all":true}`:                                  {All: true},
		`{"all":true,"mode":"soft"}`:                    {All: true},
		`{"all":true,"mode":"hard"}`:                    {All: true, Hard: true},
		`{"tags":["customer:c:1","period:2025-06"]}`:    {Tags: []string{"customer:c:1", "period:2025-06"}},
		`{"query":"/v1/azure/usages?customer_id=c"}`:    {Questions: []query.Query{{Endpoint: query.Usages, CustomerID: "c"}}},
		`{"query":"","tags":null,"all":true,"mode":""}`: {All: true},
	} {
		h, seen := purging(nil)
		if w := post(h, here, asJSON, body); w.Code != 200 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
		if diff := cmp.Diff([]cache.Purge{want}, *seen, cmp.AllowUnexported(query.Endpoint{}, cache.Purge{})); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestPurgesThatAreNone(t *testing.T) {
	for _, c := range []struct {
		remote, contentType, body string
		status                    int
		says                      string
	}{
		{here, asJSON, ``, 400, `{\"query\"`},
		{here, asJSON, `{}`, 400, `{\"query\"`},
		{here, asJSON, `{"al":true}`, 400, `{\"query\"`},
		{here, asJSON, `{"all":true} {}`, 400, `{\"query\"`},
		{here, asJSON, `{"all":false}`, 400, `{\"query\"`},
		{here, asJSON, `{"all":true,"mode":"medium"}`, 400, "mode"},
		{here, asJSON, `{"tags":["customer:"]}`, 400, "customer:"},
		{here, asJSON, `{"tags":["all"]}`, 400, "customer:"},
		{here, asJSON, `{"tags":["question:x"]}`, 400, "customer:"},
		{here, asJSON, `{"tags":["customer:a\u0000"]}`, 400, "customer:"},
		{here, asJSON, `{"tags":[` + strings.Repeat(`"customer:a",`, 100) + `"customer:a"]}`, 400, "100"},
		{here, asJSON, `{"query":"/v1/azure/usages?x=1"}`, 400, "x is not a parameter"},
		{here, "text/plain", `{"all":true}`, 415, "application/json"},
		{here, "", `{"all":true}`, 415, "application/json"},
		{"[::1]:1", asJSON, `{}`, 400, "query"},
		{"192.0.2.7:4711", asJSON, `{"all":true}`, 403, "this machine"},
		{"", asJSON, `{"all":true}`, 403, "this machine"},
	} {
		h, seen := purging(nil)
		w := post(h, c.remote, c.contentType, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || len(*seen) != 0 {
			t.Errorf("%+v: %d %s, %d purges", c, w.Code, w.Body, len(*seen))
		}
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%+v: Content-Type %q", c, got)
		}
	}
}

func TestAPurgeThatIsNotShared(t *testing.T) {
	for err, says := range map[error]string{cache.ErrNotShared: "this replica alone", errors.New("secret"): "the log"} {
		h, _ := purging(err)
		if w := post(h, here, asJSON, `{"all":true}`); w.Code != 503 || !strings.Contains(w.Body.String(), says) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}

// A page that has its own name lead to this machine is let do nothing: the browser is here, the page is not.
func TestRebinding(t *testing.T) {
	for host, want := range map[string]int{
		"localhost:9090": 200, "localhost": 200, "127.0.0.1:9090": 200, "[::1]:9090": 200, "[::ffff:127.0.0.1]": 200, "gateway:9090": 200, "": 200,
		"evil.example.com:9090": 403, "evil.example.com": 403, "127.0.0.1.evil.example:9090": 403,
	} {
		h, _ := purging(nil)
		r := httptest.NewRequest(http.MethodPost, "/cache/purge", strings.NewReader(`{"all":true}`))
		r.RemoteAddr, r.Host = here, host
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
	}
}
