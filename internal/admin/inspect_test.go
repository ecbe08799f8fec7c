package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// outcomesOf has what the explanations of customers are.
var outcomesOf = map[string]cache.Outcome{
	"one": cache.WouldHit, "two": cache.WouldFetch, "three": cache.WouldStale, "four": cache.WouldFetch,
}

// inspecting returns a listener with some known targets, and counts the explanations.
func inspecting(v admin.Verifier) (h http.Handler, explained *int) {
	explained = new(int)
	part := func(name, customer string) query.Part {
		return query.Part{Name: name, Query: query.Query{Endpoint: query.Usages, Params: query.Params{CustomerID: customer}}}
	}
	return admin.Handler(admin.Options{
		Registry: prometheus.NewRegistry(), Audit: slog.New(slog.DiscardHandler), Auth: v, BasePath: "/costs",
		Expand: func(target string) (string, []query.Part, error) {
			switch target {
			case "/v1/azure/usages?customer_id=one&view=x":
				return "/costs" + target, []query.Part{part("", "one")}, nil
			case "/v1/azure/trend":
				return target, []query.Part{part("2025-04", "one"), part("2025-05", "two"), part("2025-06", "three"), part("2025-07", "four")}, nil
			default:
				return "", nil, &fault.Error{Kind: fault.InvalidRequest, Params: []fault.Param{{Name: "x", Message: "is not a parameter"}}}
			}
		},
		Explain: func(_ context.Context, q query.Query, account string) (x admin.Explanation, err error) {
			*explained++
			if account == "none" {
				return x, &fault.Error{Kind: fault.InvalidRequest, Params: []fault.Param{{Name: "account", Message: "is unknown"}}}
			}
			x.Account, x.Would, x.Reason = "default", outcomesOf[q.CustomerID], "because."
			x.ContentLocation = "/of/" + q.CustomerID
			x.Upstream = &admin.Request{Path: "/api/v4/azure/usages", Body: json.RawMessage(`{"filters":[{"key":"<&>"}]}`)}
			x.Memory = &cache.EntryInfo{FetchedAt: noon, FreshUntil: noon, UsableUntil: noon.Add(time.Hour), State: "open", ETag: `W/"x"`, Bytes: 2}
			return x, nil
		},
	}), explained
}

func inspect(h http.Handler, remote, raw string, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/cache/entry?"+raw, nil)
	r.RemoteAddr, r.Host = remote, "localhost:9090"
	r.Header["Authorization"] = authorization
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var single = "query=" + url.QueryEscape("/v1/azure/usages?customer_id=one&view=x")

func TestInspection(t *testing.T) {
	h, _ := inspecting(nil)
	const entry = `"memory":{"fetched_at":"2025-06-18T12:00:00Z","age":0,"fresh_until":"2025-06-18T12:00:00Z",` +
		`"usable_until":"2025-06-18T13:00:00Z","state":"open","etag":"W/\"x\"","bytes":2,"purged":false},"redis":null`
	w := inspect(h, here, single+"&account=default")
	want := `{"content_location":"/costs/v1/azure/usages?customer_id=one&view=x",` +
		`"upstream":{"path":"/api/v4/azure/usages","body":{"filters":[{"key":"<&>"}]}},"account":"default",` + entry +
		`,"would":"hit","reason":"because."}` + "\n"
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Code != 200 {
		t.Error(w.Code, diff)
	}
	if h := w.Header(); h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" {
		t.Error(h)
	}
}

// A composed request is explained part by part, and is no better than the worst of them.
func TestInspectionOfAComposedRequest(t *testing.T) {
	h, _ := inspecting(nil)
	w := inspect(h, here, "query=/v1/azure/trend")
	var x admin.Explanation
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	if x.ContentLocation != "/v1/azure/trend" || x.Would != cache.WouldFetch || x.Upstream != nil || x.Memory != nil ||
		x.Account != "default" ||
		x.Reason != "made from 4 parts, and no better than the worst of them: fetch for 2025-05, 2025-07; stale for 2025-06; hit for 2025-04." {
		t.Errorf("%+v", x)
	}
	if len(x.Parts) != 4 || x.Parts[1].Part != "2025-05" || x.Parts[1].Would != cache.WouldFetch || x.Parts[1].ContentLocation != "/of/two" {
		t.Errorf("%+v", x.Parts)
	}
}

func TestInvalidInspections(t *testing.T) {
	for raw, want := range map[string]string{
		"":                            "query is required",
		"query=":                      "query is required",
		"account=a":                   "query is required",
		"query=%zz":                   "query is not percent-encoded",
		"query=/v1/azure/usages?x=1":  "query is invalid: x is not a parameter.",
		single + "&" + single:         "query occurs more than once",
		single + "&account=&account=": "account occurs more than once",
		single + "&account=none":      "account is unknown",
		"query=/v1/azure/usages?customer_id=one&view=x&cost=y": "cost is not a parameter; if it is one of the query, " +
			"percent-encode that. view is not",
	} {
		h, _ := inspecting(nil)
		w := inspect(h, here, raw)
		if w.Code != 400 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `"/costs/problems/invalid-request"`) {
			t.Errorf("%s: %d %s", raw, w.Code, w.Body)
		}
	}
}

func TestInspectionsAreReadOnly(t *testing.T) {
	h, explained := inspecting(nil)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		r := httptest.NewRequest(method, "/cache/entry?"+single, nil)
		r.RemoteAddr, r.Host = here, "localhost"
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 405 || *explained != 0 {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// Without tokens only callers on this machine may inspect, and no page whose name leads here.
func TestInspectionsFromElsewhere(t *testing.T) {
	for _, c := range []struct {
		remote, host string
		want         int
	}{
		{here, "localhost:9090", 200}, {"[::1]:1", "[::1]:9090", 200}, {here, "", 200},
		{"192.0.2.7:4711", "localhost:9090", 403}, {"", "localhost:9090", 403},
		{here, "evil.example.com:9090", 403}, {here, "127.0.0.1.evil.example", 403},
	} {
		h, explained := inspecting(nil)
		r := httptest.NewRequest(http.MethodGet, "/cache/entry?"+single, nil)
		r.RemoteAddr, r.Host = c.remote, c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || (c.want == 200) != (*explained == 1) {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
		if c.want == 403 && !strings.Contains(w.Body.String(), "Inspecting the cache is for callers on this machine.") {
			t.Errorf("%+v: %s", c, w.Body)
		}
	}
}

// With tokens only the token counts, and its scope for purges grants no look.
func TestInspectionsByToken(t *testing.T) {
	p := newPort(t)
	v, err := auth.New(auth.Options{
		Secret: secret, ProfilesClaim: "profiles", Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for name, c := range map[string]struct {
		authorization []string
		status        int
		want          string
	}{
		"with the scope": {[]string{p.token("usage:read cache:inspect", time.Hour)}, 200, `"would":"hit"`},
		"no token":       {nil, 401, "has no token"},
		"expired":        {[]string{p.token("cache:inspect", -time.Hour)}, 401, "has expired"},
		"another scope": {
			[]string{p.token("cache:purge usage:read", time.Hour)}, 403, "lacks the scope cache:inspect, which inspecting the cache needs",
		},
		"a similar scope":   {[]string{p.token("cache:inspect:all cache", time.Hour)}, 403, "lacks the scope"},
		"two tokens at all": {[]string{p.token("cache:inspect", time.Hour), p.token("cache:inspect", time.Hour)}, 401, "more than one"},
	} {
		t.Run(name, func(t *testing.T) {
			h, explained := inspecting(v)
			for _, remote := range []string{"192.0.2.7:4711", here} {
				*explained = 0
				w := inspect(h, remote, single, c.authorization...)
				if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || (c.status == 200) != (*explained == 1) {
					t.Errorf("%s: %d %s", remote, w.Code, w.Body)
				}
				if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (c.status != 200) {
					t.Errorf("challenge %q", challenge)
				}
			}
		})
	}
	if w := p.purge(p.token("cache:inspect", time.Hour)); w.Code != 403 {
		t.Errorf("a purge with cache:inspect: %d", w.Code)
	}
}

// The problem of a failure does not describe it, so that the log does, under the id that both have.
func TestFailuresAreLogged(t *testing.T) {
	var log bytes.Buffer
	h := admin.Handler(admin.Options{
		Registry: prometheus.NewRegistry(), Audit: slog.New(slog.NewJSONHandler(&log, nil)),
		Expand: func(string) (string, []query.Part, error) { return "", []query.Part{{}}, nil },
		Explain: func(context.Context, query.Query, string) (x admin.Explanation, err error) {
			return x, errors.New("a bug")
		},
	})
	w := inspect(h, here, single)
	var d, line struct {
		ID    string `json:"request_id"`
		Error string
	}
	if err := errors.Join(json.Unmarshal(w.Body.Bytes(), &d), json.Unmarshal(log.Bytes(), &line)); err != nil {
		t.Fatal(err)
	}
	if w.Code != 500 || d.ID == "" || line.ID != d.ID || line.Error == "" || strings.Contains(w.Body.String(), "a bug") {
		t.Errorf("%d %s, log: %s", w.Code, w.Body, &log)
	}
}
