package handlers_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const usages = "/v1/azure/usages?period=2025-06"

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The headers of a miss and of a hit, to the letter.
func TestMissThenHit(t *testing.T) {
	a := newAPI(t)
	a.responds(`[{"id": "1", "actual": 1.100000000000000000001 }]`)
	miss := a.get(usages, "X-Request-Id", "one")
	want := http.Header{
		"Age":                     {"0"},
		"Cache-Control":           {"private, max-age=60"},
		"Cache-Status":            {"rocket-gateway; fwd=miss; fwd-status=200; stored"},
		"Content-Length":          {"49"},
		"Content-Location":        {"/v1/azure/usages?" + juneDays + "&view=customers" + defaults},
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"Content-Type":            {"application/json"},
		"Etag":                    {miss.Header.Get("Etag")},
		"Last-Modified":           {"Wed, 18 Jun 2025 12:00:00 GMT"},
		"Referrer-Policy":         {"no-referrer"},
		"Vary":                    {"Authorization, Accept, Accept-Encoding"},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Period-State":          {"open"},
		"X-Request-Id":            {"one"},
	}
	if diff := cmp.Diff(want, miss.Header); diff != "" {
		t.Error("miss:", diff)
	}
	a.pass(70 * time.Second)
	hit := a.get(usages, "X-Request-Id", "two")
	want.Set("Age", "70")
	want.Set("Cache-Control", "private, max-age=130")
	want.Set("Cache-Status", "rocket-gateway; hit; ttl=230; detail=memory")
	want.Set("X-Request-Id", "two")
	if diff := cmp.Diff(want, hit.Header); diff != "" {
		t.Error("hit:", diff)
	}
	for _, resp := range []*http.Response{miss, hit} {
		if got := body(t, resp); resp.StatusCode != 200 || got != `[{"id": "1", "actual": 1.100000000000000000001 }]` {
			t.Errorf("%d %s", resp.StatusCode, got)
		}
	}
	if !strings.HasPrefix(miss.Header.Get("Etag"), `W/"`) {
		t.Errorf("ETag %s is not weak", miss.Header.Get("Etag"))
	}
}

func TestMaxAge(t *testing.T) {
	for _, c := range []struct {
		name   string
		target string
		at     time.Time
		later  time.Duration
		want   string
	}{
		{"the client's bound", usages, noon, 0, "60"},
		{"counts from Rocket's response", usages, noon, 100 * time.Second, "160"},
		{"what is left", usages, noon, 270 * time.Second, "300"},
		{"the last second", usages, noon, 299500 * time.Millisecond, "299"},
		{"current before the month's turn", "/v1/azure/usages", time.Date(2025, 6, 30, 23, 59, 50, 0, time.UTC), 0, "10"},
		{"a named month has no turn", usages, time.Date(2025, 6, 30, 23, 59, 50, 0, time.UTC), 0, "60"},
		{"previous has one", "/v1/azure/usages?period=previous", time.Date(2025, 6, 30, 23, 59, 30, 0, time.UTC), 0, "30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAPI(t)
			a.clock = c.at
			a.get(c.target)
			a.pass(c.later)
			if got := a.get(c.target).Header.Get("Cache-Control"); got != "private, max-age="+c.want {
				t.Errorf("%s, want max-age=%s", got, c.want)
			}
		})
	}
}

func TestStaleIsNotFreshAtTheClient(t *testing.T) {
	a := newAPI(t)
	a.get(usages)
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 503})
	a.pass(10 * time.Minute)
	resp := a.get(usages)
	if resp.StatusCode != 200 || resp.Header.Get("Cache-Control") != "private, max-age=0" || resp.Header.Get("Age") != "600" ||
		resp.Header.Get("Cache-Status") != "rocket-gateway; fwd=stale; fwd-status=503" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}

func TestNotModified(t *testing.T) {
	a := newAPI(t)
	tag := a.get(usages).Header.Get("Etag")
	strong := strings.TrimPrefix(tag, "W/")
	for header, want := range map[string]int{
		tag: 304, strong: 304, "*": 304, `"x", ` + tag: 304, ` ` + tag + ` `: 304,
		`W/"x"`: 200, "": 200, strings.Trim(strong, `"`): 200, tag + "x": 200,
	} {
		resp := a.get(usages, "If-None-Match", header)
		if resp.StatusCode != want {
			t.Errorf("If-None-Match %s: %d, want %d", header, resp.StatusCode, want)
		}
		if want != 304 {
			continue
		}
		if got := body(t, resp); got != "" {
			t.Errorf("a 304 with the body %s", got)
		}
		for _, name := range []string{"Etag", "Age", "Cache-Control", "Vary", "Cache-Status", "X-Period-State"} {
			if resp.Header.Get(name) == "" {
				t.Errorf("a 304 without %s", name)
			}
		}
		if resp.Header.Get("Content-Type") != "" || resp.Header.Get("Content-Length") != "" {
			t.Errorf("a 304 describes a body: %v", resp.Header)
		}
	}
	if resp := a.get(usages, "If-None-Match", `"x"`, "If-None-Match", tag); resp.StatusCode != 304 {
		t.Errorf("a second If-None-Match line was not read: %d", resp.StatusCode)
	}
}

// If-Modified-Since has seconds and no caller, so it never makes a 304.
func TestIfModifiedSinceIsIgnored(t *testing.T) {
	a := newAPI(t)
	last := a.get(usages).Header.Get("Last-Modified")
	if resp := a.get(usages, "If-Modified-Since", last); resp.StatusCode != 200 {
		t.Errorf("%d, want 200", resp.StatusCode)
	}
}

func TestHead(t *testing.T) {
	a := newAPI(t)
	a.responds(`["` + strings.Repeat("Padaria São João ", 500) + `"]`)
	a.get(usages)
	for _, coding := range []string{"identity", "gzip"} {
		get, head := a.get(usages, "Accept-Encoding", coding, "X-Request-Id", "x"),
			a.do(http.MethodHead, usages, "Accept-Encoding", coding, "X-Request-Id", "x")
		if diff := cmp.Diff(get.Header, head.Header); diff != "" || head.StatusCode != 200 {
			t.Errorf("%s: %d, %s", coding, head.StatusCode, diff)
		}
		if n, b := len(body(t, get)), body(t, head); b != "" || fmt.Sprint(n) != head.Header.Get("Content-Length") {
			t.Errorf("%s: HEAD has the body %q and the length %s; GET has %d bytes", coding, b, head.Header.Get("Content-Length"), n)
		}
	}
	if resp := a.do(http.MethodHead, "/v1/azure/usages?x=1"); resp.StatusCode != 400 || body(t, resp) != "" {
		t.Errorf("a faulty HEAD: %d", resp.StatusCode)
	}
}

func TestEncodings(t *testing.T) {
	a := newAPI(t)
	plain := `["` + strings.Repeat("Padaria São João ", 500) + `"]`
	a.responds(plain)
	tag := a.get(usages).Header.Get("Etag")
	for accept, coding := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "GZIP": "gzip", "x-gzip": "gzip", "br, gzip;q=0.8": "gzip", "*": "gzip", "deflate, br": "",
		"gzip;q=0": "", "gzip;q=0.0": "", "*;q=0": "", "gzip;q=0.5, identity": "", "gzip;q=0.5, identity;q=0.1": "gzip", "gzip;q=x": "",
		"gzip, identity": "gzip",
	} {
		resp := a.get(usages, "Accept-Encoding", accept)
		if got := resp.Header.Get("Content-Encoding"); got != coding {
			t.Errorf("Accept-Encoding %q: %q, want %q", accept, got, coding)
			continue
		}
		if resp.Header.Get("Etag") != tag || resp.Header.Get("Vary") != "Authorization, Accept, Accept-Encoding" {
			t.Errorf("%q: ETag %s, Vary %s", accept, resp.Header.Get("Etag"), resp.Header.Get("Vary"))
		}
		b := body(t, resp)
		if fmt.Sprint(len(b)) != resp.Header.Get("Content-Length") {
			t.Errorf("%q: %d bytes, Content-Length %s", accept, len(b), resp.Header.Get("Content-Length"))
		}
		if coding == "gzip" {
			b = unzip(t, b)
		}
		if b != plain {
			t.Errorf("%q: another body", accept)
		}
	}
}

func unzip(t *testing.T, packed string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestSmallBodiesAreNotEncoded(t *testing.T) {
	if resp := newAPI(t).get(usages, "Accept-Encoding", "gzip"); resp.Header.Get("Content-Encoding") != "" {
		t.Error("a body of a few bytes was encoded")
	}
}

func TestAccept(t *testing.T) {
	a := newAPI(t)
	for accept, want := range map[string]int{
		"": 200, "*/*": 200, "application/json": 200, "application/*": 200, "text/html, */*;q=0.1": 200, "APPLICATION/JSON; charset=utf-8": 200,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": 200,
		"text/html": 406, "application/xml": 406, "application/json;q=0": 406, "application/json;q=0, */*": 406, "*/*;q=0": 406,
		"application/*;q=0, application/json": 200, "application/problem+json": 406, ",": 200,
		`application/json;profile="x;q=0"`: 200, `text/html;x=";,application/json;q=0;", application/json`: 200,
		`text/html;x="application/json, \", */*"`: 406,
	} {
		resp := a.get("/v1/azure/indicators", "Accept", accept)
		if resp.StatusCode != want {
			t.Errorf("Accept %q: %d, want %d", accept, resp.StatusCode, want)
		}
		if want == 406 {
			if d := problem(t, resp); d.Type != "/problems/not-acceptable" {
				t.Error(d.Type)
			}
		}
	}
	if resp := a.get(usages, "Accept", "text/html", "Accept", "application/json"); resp.StatusCode != 200 {
		t.Errorf("a second Accept line was not read: %d", resp.StatusCode)
	}
}

func TestRequestIDs(t *testing.T) {
	a := newAPI(t)
	for given, kept := range map[string]bool{
		"abc-123": true, "Root=1-67891233-abcdef012345678912345678": true, "00-4bf9/2f+3=": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "a\tb": false, `a"b`: false, "é": false, "<script>": false,
	} {
		got := a.get(usages, "X-Request-Id", given).Header.Get("X-Request-Id")
		if kept != (got == given) || got == "" {
			t.Errorf("%q became %q", given, got)
		}
	}
	if got := a.get(usages, "X-Request-Id", "one", "X-Request-Id", "two").Header["X-Request-Id"]; len(got) != 1 || got[0] == "one" ||
		got[0] == "two" {
		t.Errorf("two ids became %q", got)
	}
}

// Whatever comes as a request id, the one that goes back and into the log is a word: a caller's own is kept or replaced, never mended.
func FuzzRequestIDs(f *testing.F) {
	for _, id := range []string{"abc-123", "", "a b", "a\r\nb", "é", strings.Repeat("x", 129), `"`} {
		f.Add(id)
	}
	a := newAPI(f)
	word := regexp.MustCompile(`^[A-Za-z0-9_.:=/+@-]{1,128}$`)
	f.Fuzz(func(t *testing.T, id string) {
		r, w := httptest.NewRequest(http.MethodGet, "/nowhere", nil), httptest.NewRecorder()
		r.Header["X-Request-Id"] = []string{id}
		a.handler.ServeHTTP(w, r)
		resp := w.Result()
		if got := resp.Header.Get("X-Request-Id"); !word.MatchString(got) || (got == id) != word.MatchString(id) {
			t.Errorf("%q became %q", id, got)
		}
		problem(t, resp)
	})
}

func TestEveryEndpointOfEveryProvider(t *testing.T) {
	a := newAPI(t)
	for _, provider := range []string{"azure", "aws", "gcp"} {
		for _, e := range []string{
			"usages", "customers", "subscriptions", "resellers", "indicators", "by-day", "by-month", "by-publisher", "by-category", "by-tag",
		} {
			calls := a.calls.Load()
			resp := a.get("/v1/" + provider + "/" + e + "?reseller_id=r%201&catalog=b&catalog=a&view=resellers")
			if resp.StatusCode != 200 || a.calls.Load() != calls+1 {
				t.Fatalf("%s %s: %d", provider, e, resp.StatusCode)
			}
			q := a.last
			if string(q.Provider) != provider || q.Endpoint.Name != e || q.ResellerID != "r 1" || q.View != "resellers" || q.Account != "account" ||
				!cmp.Equal(q.Catalog, []string{"a", "b"}) {
				t.Errorf("%s %s asked %+v", provider, e, q)
			}
		}
	}
}

func TestDirectives(t *testing.T) {
	a := newAPI(t)
	resp := a.get(usages, "Cache-Control", "only-if-cached")
	if d := problem(t, resp); resp.StatusCode != 504 || d.Type != "/problems/cache-miss" || resp.Header.Get("Cache-Status") != "" {
		t.Errorf("%+v", d)
	}
	a.get(usages)
	for _, c := range []struct{ header, want string }{
		{"max-age=0, No-Cache", "fwd=request; fwd-status=200; stored"},
		{"no-store", "hit; ttl=240; detail=memory"},
		{"max-age=0", "hit; ttl=180; detail=memory"},
		{"min-fresh=600, no-cachet", "hit; ttl=120; detail=memory"},
		{"ONLY-IF-CACHED", "hit; ttl=60; detail=memory"},
	} {
		a.pass(time.Minute)
		if got := a.get(usages, "Cache-Control", c.header).Header.Get("Cache-Status"); got != "rocket-gateway; "+c.want {
			t.Errorf("Cache-Control: %s: %q, want %q", c.header, got, c.want)
		}
	}
}
