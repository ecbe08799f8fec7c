package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// A percent-encoded unreserved character is the character (RFC 3986, 6.2.2.2): same route, same response, same memo of the query.
func TestEquivalentPaths(t *testing.T) {
	a := newAPI(t, withTokens(t))
	ana := a.person("ana", customers("c-1", "c-2"))
	a.rocket = func(q *query.Query) ([]byte, error) {
		if q.Endpoint == query.Customers {
			return []byte(`[{"label":"one","value":"c-1"}]`), nil
		}
		return []byte(list), nil
	}
	for plain, spellings := range map[string][]string{
		usages:                             {"/v1/%61zure/usages?period=2025-06", "/%76%31/azur%65/%75s%61ge%73?period=2025-06"},
		"/v1/azure/customers":              {"/v1/azure/c%75stomers"},
		"/v1/azure/by-day?customer_id=c-1": {"/v1/azure/by%2Dday?customer_id=c-1", "/v1/azure/by%2dday?customer_id=c-1"},
		"/v1/me":                           {"/v1/m%65", "/v1/%6D%65", "/v1/%6d%65"},
		"/problems/not-found":              {"/problems/not%2dfound", "/%70roblems/not-found"},
		"/openapi.json":                    {"/openapi%2Ejson"},
		"/docs/":                           {"/%64ocs/"},
		"/docs/docs.js":                    {"/docs/docs%2ejs"},
		"/docs/assets/swagger-ui.css":      {"/docs/assets/swagger%2Dui.css"},
	} {
		ana.get(plain, "X-Request-Id", "one")
		a.counted()
		want := ana.get(plain, "X-Request-Id", "one") // from the cache, as what follows
		text, counters := body(t, want), a.counted()
		known, _ := a.server.Memoized()
		for _, spelling := range spellings {
			got := ana.get(spelling, "X-Request-Id", "one")
			if diff := cmp.Diff(want.Header, got.Header); got.StatusCode != 200 || diff != "" || body(t, got) != text {
				t.Errorf("%s: %d %s", spelling, got.StatusCode, diff)
			}
			if diff := cmp.Diff(counters, a.counted()); diff != "" {
				t.Errorf("%s is counted in another way: %s", spelling, diff)
			}
			if head := ana.do(http.MethodHead, spelling); head.StatusCode != 200 {
				t.Errorf("HEAD %s: %d", spelling, head.StatusCode)
			}
			if post := ana.do(http.MethodPost, spelling); post.StatusCode != 405 {
				t.Errorf("POST %s: %d", spelling, post.StatusCode)
			}
			a.counted()
		}
		if n, _ := a.server.Memoized(); n != known {
			t.Errorf("%s: %d queries in the memo, want %d", plain, n, known)
		}
	}
}

// What is encoded because it is reserved stays encoded, is decoded once at most, and is another path.
func TestOtherPaths(t *testing.T) {
	a := newAPI(t)
	for _, target := range []string{
		"/v1/azure%2Fusages", "/v1/azure%2fusages", "/v1%2Fazure/usages", "/v1/azure/usages%2F", "/v1/%61zure%2Fusages", "/docs%2F",
		"/docs/%2Fdocs.js", "/docs/assets%2fswagger-ui.css", "/v1/%2561zure/usages", "/v1/%2561zure/us%61ges", "/v1/azure/%2e%2e/me",
		"/v1/%2E%2E/openapi.json", "/docs/%2e%2e/openapi.json", "/docs/assets/%2E%2E/docs.js", "/problems/%2E%2E",
		"/v1/azure%00/usages", "/v1/azure/usages%20", "/v1/azure/usages%3Fperiod=2025-06", "/v1/azure;x/usages",
		"/v1/%c3%a1zure/usages", "/v1/%41zure/usages",
	} {
		methods := []string{"GET", "HEAD", "POST", "OPTIONS"}
		if strings.HasPrefix(target, "/docs/") || strings.HasPrefix(target, "/problems/") {
			methods = methods[:2] // other methods are refused for any name
		}
		for _, method := range methods {
			if resp := a.do(method, target); resp.StatusCode != 404 {
				t.Errorf("%s %s: %d, want 404", method, target, resp.StatusCode)
			}
		}
	}
	if n := a.calls.Load(); n != 0 {
		t.Errorf("%d requests to Rocket", n)
	}
}

// Problems and the audit name the normal path.
func TestTheNormalPathIsReported(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep, withAudit, withTokens(t))
	ana := a.person("ana", customers("c-1"))
	for target, want := range map[string]string{
		"/v1/%6fracle/usages": "/v1/oracle/usages", "/%6eowhere%2fx%c3%a1": "/nowhere%2Fx%C3%A1",
		"/v1/%61zure/usages?x=1": "/v1/azure/usages",
	} {
		if d := problem(t, ana.get(target)); d.Instance != want {
			t.Errorf("%s: instance %s, want %s", target, d.Instance, want)
		}
	}
	ana.get("/v1/%61zure/usages")
	lines := log.lines(t, "audit")
	if last := lines[len(lines)-1]; last["path"] != "/v1/azure/usages" {
		t.Errorf("%v", last)
	}
}

// The rows of other callers stay hidden, however the path is spelled.
func TestEquivalentPathsGrantTheSame(t *testing.T) {
	a := newAPI(t, withTokens(t))
	a.responds(list)
	ana, zoe := a.person("ana", customers("c-1", "c-2")), a.person("zoe", distributors("*"))
	const plain, other = "/v1/azure/usages?view=customers&cost=customers", "/v1/%61zure/us%61ges?view=customers&cost=customers"
	for _, target := range []string{plain, other, other, plain} {
		if got := body(t, zoe.get(target)); got != list {
			t.Errorf("%s, all grants: %s", target, got)
		}
		if got := body(t, ana.get(target)); got != array(rows[0], rows[1]) {
			t.Errorf("%s, two grants: %s", target, got)
		}
	}
	for target, status := range map[string]int{
		other + "&customer_id=c-9": 403, "/v1/azure/resell%65rs": 403, "/v1/%61ws/usages": 403, "/v1/azure/by%2dday": 400,
	} {
		if resp := ana.get(target); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", target, resp.StatusCode, status)
		}
	}
	if resp := a.get(other); resp.StatusCode != 401 {
		t.Errorf("without a token: %d", resp.StatusCode)
	}
}

// A purge may name the path in any spelling too.
func TestQueriesAreOfTheNormalPath(t *testing.T) {
	a := newAPI(t)
	want, err := a.server.Resolve(usages)
	got, other := a.server.Resolve("/v1/%61zure/us%61ges?period=2025-06")
	if err != nil || other != nil || got.Key() != want.Key() {
		t.Errorf("%v %v: %+v, want %+v", err, other, got, want)
	}
	if _, err := a.server.Resolve("/v1/azure%2Fusages"); err == nil {
		t.Error("an encoded slash separates segments")
	}
}

// The normal path means what the path means, has no unreserved character encoded, and is its own normal path.
func FuzzNormalPath(f *testing.F) {
	for _, path := range []string{
		"/v1/%61zure/usages", "/%2f%2F%7e%7E", "/%2561", "/%", "/%0%61", "/%6", "/%zz", "/é", "/%c3%a9", "",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := handlers.NormalPath(path)
		want, err := url.PathUnescape(path)
		meaning, other := url.PathUnescape(got)
		if (err == nil) != (other == nil) || meaning != want && err == nil {
			t.Errorf("%q became %q", path, got)
		}
		if handlers.NormalPath(got) != got {
			t.Errorf("%q became %q, which is not normal", path, got)
		}
		if err == nil && (strings.Contains(got, "%61") || strings.Contains(got, "%7E") || strings.Contains(got, "%2f")) {
			t.Errorf("%q became %q", path, got)
		}
	})
}
