package handlers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/felixge/httpsnoop"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

type middleware = func(http.Handler) http.Handler

// wrappers are ordinary middlewares that put a ResponseWriter, a request or a context of their own before the next step.
var wrappers = map[string]middleware{
	"chi": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor), r)
		})
	},
	"httpsnoop": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { httpsnoop.CaptureMetrics(next, w, r) })
	},
	"otelhttp": func(next http.Handler) http.Handler { return otelhttp.NewHandler(next, "wrapped") },
}

// rebuild changes the chain of the API.
func (a *api) rebuild(others map[int]middleware, without ...string) {
	a.t.Helper()
	var err error
	if a.handler, err = a.server.HandlerWith(others, without...); err != nil {
		a.t.Fatal(err)
	}
}

// eachWrapper runs a test with each wrapping middleware at each place of the chain.
func eachWrapper(t *testing.T, test func(t *testing.T, others map[int]middleware)) {
	t.Helper()
	for name, wrap := range wrappers {
		for place := range newAPI(t).server.Places() {
			t.Run(fmt.Sprint(name, " at ", place), func(t *testing.T) { test(t, map[int]middleware{place: wrap}) })
		}
	}
}

// A restricted caller gets the rows of its grants and nothing else, whatever middleware is in the chain, with and without the
// memo of queries.
func TestNoMiddlewareWidensAccess(t *testing.T) {
	eachWrapper(t, func(t *testing.T, others map[int]middleware) {
		for _, without := range [][]string{nil, {"memo"}} {
			a := newAPI(t, withTokens(t), withRate(t, "1000/1s"))
			a.rebuild(others, without...)
			a.responds(list)
			for range 2 { // the second time from the cache
				wantGrantsAlone(t, a)
			}
		}
	})
}

func wantGrantsAlone(t *testing.T, a *api) {
	t.Helper()
	const shared = "/v1/azure/usages?view=customers&cost=customers"
	ana, zoe := a.person("ana", customers("c-1", "c-2")), a.person("zoe", distributors("*"))
	if got := body(t, zoe.get(shared)); got != list {
		t.Errorf("a caller with all grants gets %s", got)
	}
	if got := body(t, ana.get(shared)); got != array(rows[0], rows[1]) {
		t.Errorf("a caller with two grants gets %s", got)
	}
	for target, status := range map[string]int{
		shared + "&customer_id=c-9": 403, "/v1/azure/resellers": 403, "/v1/azure/by-day": 400, "/v1/aws/usages": 403,
		"/v1/azure/usages?view=resellers": 403, "/v1/azure/by-day?customer_id=c-1&cost=resellers": 403,
	} {
		if resp := ana.get(target); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", target, resp.StatusCode, status)
		}
	}
	var me struct {
		Providers []struct{ Level, Denied string }
	}
	if err := json.Unmarshal([]byte(body(t, ana.get("/v1/me"))), &me); err != nil {
		t.Fatal(err)
	}
	if me.Providers[0].Level != "customers" || me.Providers[1].Denied == "" || me.Providers[2].Denied == "" {
		t.Errorf("me: %+v", me)
	}
	for _, target := range []string{shared, "/v1/me"} {
		if resp := a.get(target); resp.StatusCode != 401 {
			t.Errorf("%s without a token: %d, want 401", target, resp.StatusCode)
		}
	}
}

// wantRefused wants a 500 without detail for everything that needs a caller, and an error in the log.
func wantRefused(t *testing.T, a *api, log *journal) {
	t.Helper()
	targets := []string{"/v1/me"}
	for _, e := range query.Endpoints() {
		targets = append(targets, "/v1/azure/"+e.Name, "/v1/azure/"+e.Name+"?customer_id=c-1")
	}
	for _, target := range targets {
		resp := a.person("ana", distributors("*")).get(target)
		const detail = "The gateway failed; its log has the reason under this request id."
		var d document
		err := json.NewDecoder(resp.Body).Decode(&d)
		if err != nil || resp.StatusCode != 500 || d.Type != "/problems/internal-error" || d.Detail != detail {
			t.Errorf("%s: %d %+v %v", target, resp.StatusCode, d, err)
		}
	}
	if n := len(log.lines(t, "request without a caller refused")); n != len(targets) || a.calls.Load() != 0 {
		t.Errorf("%d errors in the log for %d requests, %d requests to Rocket", n, len(targets), a.calls.Load())
	}
}

// A chain without authentication serves nothing, whatever else it lacks.
func TestNothingIsServedWithoutACaller(t *testing.T) {
	for _, without := range [][]string{
		{"authenticate"}, {"authenticate", "limit"}, {"authenticate", "memo"}, {"authenticate", "limit", "memo"},
	} {
		for name, mode := range map[string]func(*handlers.Options){"jwt": withTokens(t), "none": func(*handlers.Options) {}} {
			t.Run(fmt.Sprint(name, " without ", without), func(t *testing.T) {
				var log journal
				a := newAPI(t, log.keep, mode, withAudit, withRate(t, "1000/1s"), withQuota(t, "1000/1s"))
				a.rebuild(nil, without...)
				wantRefused(t, a, &log)
			})
		}
	}
	if _, err := handlers.New(handlers.Options{}).Handler(); err == nil {
		t.Error("there are routes without a verifier")
	}
}

// amnesia is a context that has lost everything but the route.
type amnesia struct{ context.Context }

func (c amnesia) Value(key any) any {
	if key == chi.RouteCtxKey {
		return c.Context.Value(key)
	}
	return nil
}

// A middleware that loses the request's context loses the caller with it. Before track there is no caller to lose.
func TestALostContextIsNoAccess(t *testing.T) {
	forget := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(amnesia{r.Context()})) })
	}
	const behindTrack = 3
	for place := behindTrack; place < newAPI(t).server.Places(); place++ {
		t.Run(fmt.Sprint(place), func(t *testing.T) {
			var log journal
			a := newAPI(t, log.keep, withTokens(t), withRate(t, "1000/1s"))
			a.rebuild(map[int]middleware{place: forget})
			wantRefused(t, a, &log)
		})
	}
}

// A panic is a problem document, or ends the connection if the response has begun, whatever middleware is in the chain. The
// metrics have the status that was sent.
func TestPanicsBehindWrappers(t *testing.T) {
	eachWrapper(t, func(t *testing.T, others map[int]middleware) {
		a := newAPI(t, func(o *handlers.Options) {
			o.Account = func(*query.Query, func(string) []string) (string, bool) { panic("boom") }
		})
		a.rebuild(others)
		if d := problem(t, a.get(usages)); d.Type != "/problems/internal-error" {
			t.Errorf("%+v", d)
		}
		wantCounted(t, a, "problems_total internal-error", "requests_total none "+usagesRoute+" 500")
		late := newAPI(t)
		with := map[int]middleware{late.server.Places() - 1: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusOK)
				panic("late")
			})
		}}
		for place, wrap := range others {
			if _, taken := with[place]; !taken {
				with[place] = wrap
			}
		}
		late.rebuild(with)
		defer func() {
			if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // a sentinel that is compared, as net/http does
				t.Errorf("a panic with %v, want the connection aborted", p)
			}
		}()
		late.get(usages)
	})
}

// A large response goes out with one system call, whatever middleware is in the chain: loopback mostly keeps two writes apart, so
// that the client would need two reads for each response.
func TestOneWriteBehindWrappers(t *testing.T) {
	eachWrapper(t, func(t *testing.T, others map[int]middleware) {
		a := newAPI(t)
		a.responds(`["` + strings.Repeat("x", 20000) + `"]`)
		a.rebuild(others)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{ConnContext: httpserver.CorkContext, Handler: a.handler}
		defer func() { _ = server.Close() }()
		go func() { _ = server.Serve(httpserver.CorkListener{Listener: listener}) }()
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		reads := &readCounter{r: c}
		const requests = 100
		readResponses(t, c, reads, requests)
		if n := reads.n.Load(); n > requests*3/2 {
			t.Errorf("%d reads for %d responses", n, requests)
		}
	})
}

type readCounter struct {
	r io.Reader
	n atomic.Int64
}

func (c *readCounter) Read(p []byte) (int, error) {
	c.n.Add(1)
	return c.r.Read(p)
}

func readResponses(t *testing.T, c net.Conn, r io.Reader, requests int) {
	t.Helper()
	in := bufio.NewReaderSize(r, 64<<10)
	for range requests {
		_, _ = io.WriteString(c, "GET "+usages+" HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); n != 20004 || err != nil {
			t.Fatal(n, err)
		}
	}
}
