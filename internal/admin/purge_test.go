package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// purging returns the listener and the purges that reach the cache.
func purging(fails error) (http.Handler, *[]cache.Purge) {
	var seen []cache.Purge
	return admin.Handler(admin.Options{
		Registry: prometheus.NewRegistry(), Audit: slog.New(slog.DiscardHandler), BasePath: "/costs",
		Resolve: func(target string) (query.Query, error) {
			if target != "/v1/azure/usages?customer_id=c" {
				return query.Query{}, &fault.Error{Kind: fault.InvalidRequest, Params: []fault.Param{{Name: "x", Message: "is not a parameter"}}}
			}
			return query.Query{Endpoint: query.Usages, Params: query.Params{CustomerID: "c"}}, nil
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
		`{"all":true}`:                               {All: true},
		`{"all":true,"mode":"soft"}`:                 {All: true},
		`{"all":true,"mode":"hard"}`:                 {All: true, Hard: true},
		`{"tags":["customer:c:1","period:2025-06"]}`: {Tags: []string{"customer:c:1", "period:2025-06"}},
		`{"query":"/v1/azure/usages?customer_id=c"}`: {Queries: []query.Query{{Endpoint: query.Usages, Params: query.Params{CustomerID: "c"}}}},
		" {\"mode\":\"soft\",\n\"all\":true}\r\n":    {All: true},
		`{"\u0061ll":true}`:                          {All: true},
		`{"tags":["customer:c","customer:c"]}`:       {Tags: []string{"customer:c", "customer:c"}},
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

func TestInvalidPurges(t *testing.T) {
	for _, c := range []struct {
		remote, contentType, body string
		status                    int
		want                      string
	}{
		{here, "text/plain", `{"all":true}`, 415, "application/json"},
		{here, "", `{"all":true}`, 415, "application/json"},
		{"[::1]:1", asJSON, `{}`, 400, "query"},
		{"192.0.2.7:4711", asJSON, `{"all":true}`, 403, "this machine"},
		{"", asJSON, `{"all":true}`, 403, "this machine"},
		{here, asJSON, `{"all":true` + strings.Repeat(" ", 256<<10) + `}`, 413, "at most 256 KiB"},
	} {
		h, seen := purging(nil)
		w := post(h, c.remote, c.contentType, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || len(*seen) != 0 {
			t.Errorf("%.200s: %d %s, %d purges", c.body, w.Code, w.Body, len(*seen))
		}
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%.200s: Content-Type %q", c.body, got)
		}
	}
}

// A body without a length is not read beyond the limit either.
func TestAPurgeWithoutALengthThatIsTooLarge(t *testing.T) {
	h, seen := purging(nil)
	r := httptest.NewRequest(http.MethodPost, "/cache/purge", iotest.HalfReader(strings.NewReader(strings.Repeat(" ", 1<<20)+`{"all":true}`)))
	r.RemoteAddr, r.Host, r.ContentLength = here, "localhost:9090", -1
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 413 || len(*seen) != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// offending is the problem of a body: type and status, and the members that it names with a part of what is wrong.
func offending(t *testing.T, body string) (names []string, text string) {
	t.Helper()
	h, seen := purging(nil)
	w := post(h, here, asJSON, body)
	var d struct {
		Type, Title, Detail string
		Status              int
		Errors              []struct{ Parameter, Message string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatalf("%s: %v in %s", body, err, w.Body)
	}
	if w.Code != 400 || d.Status != 400 || d.Type != "/costs/problems/invalid-request" || d.Title != "Invalid request" || len(*seen) != 0 {
		t.Errorf("%s: %d %+v, %d purges", body, w.Code, d, len(*seen))
	}
	for _, e := range d.Errors {
		names = append(names, e.Parameter)
		text += e.Parameter + " " + e.Message + ". "
		if e.Message == "" || !strings.Contains(d.Detail, e.Parameter+" "+e.Message) {
			t.Errorf("%s: %q is not in the detail %q", body, e.Message, d.Detail)
		}
	}
	return names, text
}

func TestPurgesNameEveryOffendingMember(t *testing.T) {
	const usage = `{"query":"/v1/…"}`
	for _, c := range []struct {
		body  string
		names []string
		want  string
	}{
		{"", []string{"body"}, "is empty; it must be " + usage},
		{" \r\n", []string{"body"}, usage},
		{"{}", []string{"body"}, "must be " + usage},
		{`{"mode":"hard"}`, []string{"body"}, usage},
		{"null", []string{"body"}, "is not a JSON object"},
		{`[{"all":true}]`, []string{"body"}, "is not a JSON object"},
		{`"all"`, []string{"body"}, "is not a JSON object"},
		{`{"all":true} {}`, []string{"body"}, "is not one JSON value"},
		{`{"all":true}]`, []string{"body"}, "is not one JSON value"},
		{`{"all":true`, []string{"body"}, "is not one JSON value"},
		{`{"all":true,}`, []string{"body"}, "is not one JSON value"},
		{"{\"query\":\"\xff\"}", []string{"body"}, "in UTF-8"},
		{"\xef\xbb\xbf" + `{"all":true}`, []string{"body"}, "is not one JSON value"},
		{`{"al":true}`, []string{"al", "body"}, "al is not a member."},
		{`{"All":true}`, []string{"All", "body"}, "is not a member; it is written all"},
		{`{"all":true,"ALL":true}`, []string{"ALL"}, "it is written all"},
		{`{"all":true,"all":true}`, []string{"all"}, "occurs more than once"},
		{`{"all":true,"\u0061ll":true}`, []string{"all"}, "occurs more than once"},
		{`{"all":true,"all":true,"all":true}`, []string{"all"}, "occurs more than once"},
		{`{"x":1,"x":2,"all":true}`, []string{"x", "x"}, "x is not a member. x occurs more than once"},
		{`{"Mode":"hard","tags":["customer:a"],"tags":["customer:b"],"foo":{}}`, []string{"Mode", "tags", "foo"}, "written mode"},
		{`{"all":false}`, []string{"all"}, "must be true, or absent"},
		{`{"all":1}`, []string{"all"}, "must be true"},
		{`{"all":"true"}`, []string{"all"}, "must be true"},
		{`{"all":true,"mode":"medium"}`, []string{"mode"}, "must be soft or hard"},
		{`{"all":true,"mode":"Hard"}`, []string{"mode"}, "must be soft or hard"},
		{`{"all":true,"mode":""}`, []string{"mode"}, "must be soft or hard"},
		{`{"all":true,"mode":null}`, []string{"mode"}, "must be soft or hard"},
		{`{"query":"","tags":null,"all":true,"mode":""}`, []string{"query", "tags", "tags", "all", "mode"}, "tags must be an array of strings"},
		{`{"query":"/v1/azure/usages?customer_id=c","tags":["customer:c"]}`, []string{"tags"}, "cannot be combined with query"},
		{`{"tags":["customer:c"],"all":true}`, []string{"all"}, "cannot be combined with tags"},
		{`{"query":"/v1/azure/usages?customer_id=c","all":false}`, []string{"all", "all"}, "must be true, or absent"},
		{`{"query":7}`, []string{"query"}, "must be a path"},
		{`{"query":["/v1/azure/usages"]}`, []string{"query"}, "must be a path"},
		{`{"query":"/v1/azure/usages?x=1"}`, []string{"query"}, "is invalid: x is not a parameter"},
		{`{"tags":"customer:c"}`, []string{"tags"}, "must be an array of strings"},
		{`{"tags":[1]}`, []string{"tags"}, "must be an array of strings"},
		{`{"tags":[]}`, []string{"tags"}, "at least one tag"},
		{`{"tags":[null]}`, []string{"tags"}, "customer:"},
		{`{"tags":["customer:"]}`, []string{"tags"}, "customer:"},
		{`{"tags":["all"]}`, []string{"tags"}, "customer:"},
		{`{"tags":["question:x"]}`, []string{"tags"}, "customer:"},
		{`{"tags":["customer:a\u0000"]}`, []string{"tags"}, "customer:"},
		{
			`{"tags":["period:2026-13","customer:c","provider:Azure","period:2026-13"]}`, []string{"tags"},
			`tags "period:2026-13" must be a month as period:YYYY-MM; ` +
				`"provider:Azure" must be provider:azure, provider:aws or provider:gcp; did you mean azure?. `,
		},
		{`{"tags":["customer:` + strings.Repeat("c", 257) + `"]}`, []string{"tags"}, "ccc…\" has an id that is longer than 256 characters"},
		{`{"tags":[` + strings.Repeat(`"customer:a",`, 100) + `"customer:a"]}`, []string{"tags"}, "at most 100 tags"},
	} {
		names, text := offending(t, c.body)
		if !slices.Equal(names, c.names) || !strings.Contains(text, c.want) {
			t.Errorf("%.200s: %q %s, want %q with %q", c.body, names, text, c.names, c.want)
		}
	}
}

// Whatever is accepted is what a strict reader would make of the body.
func FuzzPurge(f *testing.F) {
	for _, body := range []string{
		`{"all":true}`, `{"query":"/v1/azure/usages?customer_id=c","mode":"hard"}`, `{"tags":["customer:c","period:2025-06"]}`,
		`{"all":true,"All":true,"all":false}`, `{"query":"","tags":null}`, `[]`, "\xff", `{"\ud800":1}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		h, seen := purging(nil)
		w := post(h, here, asJSON, body)
		if w.Code != 200 {
			if w.Code != 400 || len(*seen) != 0 {
				t.Errorf("%q: %d, %d purges", body, w.Code, len(*seen))
			}
			return
		}
		var members map[string]any
		if err := json.Unmarshal([]byte(body), &members); err != nil {
			t.Fatalf("%q: accepted: %v", body, err)
		}
		subjects := 0
		for name := range members {
			if !slices.Contains([]string{"query", "tags", "all", "mode"}, name) {
				t.Errorf("%q: accepted with %q", body, name)
			}
			if name != "mode" {
				subjects++
			}
		}
		if p := (*seen)[0]; subjects != 1 || p.All != (members["all"] == true) || p.Hard != (members["mode"] == "hard") ||
			len(p.Queries) > 0 != (members["query"] != nil) || len(p.Tags) > 0 != (members["tags"] != nil) {
			t.Errorf("%q: %+v", body, p)
		}
	})
}

func TestAPurgeThatIsNotShared(t *testing.T) {
	for err, want := range map[error]string{cache.ErrNotShared: "this replica alone", errors.New("secret"): "the log"} {
		h, _ := purging(err)
		if w := post(h, here, asJSON, `{"all":true}`); w.Code != 503 || !strings.Contains(w.Body.String(), want) ||
			strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}

// A page that has its own name lead to this machine is let do nothing: the browser is here, the page is not.
func TestRebinding(t *testing.T) {
	for host, want := range map[string]int{
		"localhost:9090": 200, "localhost": 200, "127.0.0.1:9090": 200, "[::1]:9090": 200, "[::ffff:127.0.0.1]": 200, "gateway:9090": 200,
		"":                      200,
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
