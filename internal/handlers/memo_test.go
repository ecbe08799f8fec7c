package handlers_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// memoizer is an API that remembers, and its log.
type memoizer struct {
	*api
	log journal
}

func newMemoizer(t *testing.T) *memoizer {
	t.Helper()
	var r memoizer
	r.api = newAPI(t, r.log.keep, withAudit, withTokens(t), func(o *handlers.Options) { o.Docs = false })
	r.responds(list)
	return &r
}

// outcome is everything that depends on how a request was resolved.
type outcome struct {
	Status int
	Body   string
	Sent   string // to Rocket; empty without a fetch
	Turn   time.Time
	Line   object // of the audit, except for the result of the cache
}

// outcome sends a request past the cache, so that Rocket gets every query.
func (r *memoizer) outcome(token, target string, header ...string) (o outcome) {
	r.t.Helper()
	before, logged := r.calls.Load(), len(r.log.lines(r.t, "audit"))
	resp := r.get(target, append(header, "Authorization", "Bearer "+token, "Cache-Control", "no-cache", "X-Request-Id", "one")...)
	o = outcome{Status: resp.StatusCode, Body: body(r.t, resp)}
	if r.calls.Load() > before {
		o.Sent, o.Turn = string(r.last.Canonical()), r.last.Turn
	}
	for _, o.Line = range r.log.lines(r.t, "audit")[logged:] {
		delete(o.Line, "cache")
	}
	return o
}

// A server that has seen any number of requests treats each like a server that has seen none, for any callers, in any order and
// spelling, and however the clock goes.
func TestMemoChangesNoResponse(t *testing.T) {
	token := func(subject string, profiles ...profile) string {
		return sign(t, with(claimsOf(subject, profiles...), jwt.MapClaims{"exp": noon.AddDate(100, 0, 0).Unix()}))
	}
	tokens := []string{
		token("ana", customers("c-2")), token("ana", customers("c-3")), // the same person with another grant
		token("bia", customers("c-2", "c-3")), token("rui", resellers("r-1")), token("zoe", distributors("*")), token("eva"),
	}
	paths := []string{
		"/v1/azure/usages", "/v1/aws/usages", "/v1/azure/customers", "/v1/azure/by-day", "/v1/az%75re/usages", "/v1/azure/usages/", "/v1/me",
	}
	queries := []string{
		"", "?", "?period=current", "?period=previous", "?period=2025-05", "?start_time=2025-06-01&end_time=2025-06-30", "?customer_id=c-2",
		"?customer_id=c-3", "?customer_id=c%2D3", "?customer_id=c-2&view=customers", "?cost=internal", "?x=1", "?customer_id=c-2&customer_id=c-2",
	}
	testkit.Check(t, func(rt *rapid.T) {
		known := newMemoizer(t)
		some := func(all []string, label string) []string { // few, so that they come again
			return rapid.SliceOfN(rapid.SampledFrom(all), 1, 3).Draw(rt, label)
		}
		tokens, paths, queries := some(tokens, "tokens"), some(paths, "paths"), some(queries, "queries")
		for range rapid.IntRange(2, 20).Draw(rt, "requests") {
			known.pass(time.Duration(rapid.SampledFrom([]int{0, 0, -30, 30}).Draw(rt, "days")) * 24 * time.Hour)
			token := rapid.SampledFrom(tokens).Draw(rt, "token")
			target := rapid.SampledFrom(paths).Draw(rt, "path") + rapid.SampledFrom(queries).Draw(rt, "query")
			accept := rapid.SampledFrom([]string{"*/*", "text/html"}).Draw(rt, "accept")
			unknown := newMemoizer(t)
			unknown.clock = known.now()
			want, got := unknown.outcome(token, target, "Accept", accept), known.outcome(token, target, "Accept", accept)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("%s at %s: %s", target, known.now(), diff)
			}
		}
	})
}

// A month that turns between two requests turns where the bills are.
func TestMemoEndsWithTheMonth(t *testing.T) {
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, func(o *handlers.Options) { o.Location = saoPaulo })
	a.clock = time.Date(2025, 7, 1, 2, 59, 58, 0, time.UTC)
	for _, want := range []query.Day{"2025-06-01", "2025-06-01", "2025-07-01", "2025-07-01"} {
		a.get("/v1/azure/usages", "Cache-Control", "no-cache")
		if a.last.Start != want {
			t.Errorf("at %s the query begins at %s, want %s", a.now(), a.last.Start, want)
		}
		a.pass(time.Second)
	}
}

// nothingCached is a cache without entries.
type nothingCached struct{ handlers.Cache }

func (nothingCached) Get(context.Context, *query.Query, query.Key, cache.Directives) (cache.Response, error) {
	return cache.Response{}, &fault.Error{Kind: fault.CacheMiss}
}

// newUncached returns a server that only resolves queries, and a function that sends it a request.
func newUncached(t *testing.T) (s *handlers.Server, ask func(target string)) {
	t.Helper()
	s, a := newResolving(t)
	zoe := a.person("zoe", distributors("*"))
	return s, func(target string) { zoe.get(target) }
}

// newResolving returns a server that only resolves queries, and the API that it serves.
func newResolving(t *testing.T) (s *handlers.Server, a *api) {
	t.Helper()
	a = newAPI(t, withAudit, withTokens(t), func(o *handlers.Options) {
		o.Cache, o.Log, o.Metrics = nothingCached{}, slog.New(slog.NewJSONHandler(discard{}, nil)), nil
		s = handlers.New(*o)
	})
	var err error
	if a.handler, err = s.Handler(); err != nil {
		t.Fatal(err)
	}
	return s, a
}

// The memo's weight is no less than the memory that it takes, and never above its bound.
func TestMemoIsBounded(t *testing.T) {
	s, ask := newUncached(t)
	ask(usages)
	before := heap()
	const some = 1000
	for n := range some {
		ask(fmt.Sprintf("/v1/azure/usages?period=2025-05&customer_id=96e9b693-5cc0-4f19-bc9a-1ccba175%04d&view=customers", n))
	}
	kept, weight := s.Memoized()
	if took := heap() - before; kept != some+1 || took > int64(weight) || took < int64(weight)/3 {
		t.Errorf("%d queries of %d bytes weigh %d", kept, took, weight)
	}
	for n := range handlers.MaxMemo / (3 * handlers.MaxMemoTarget) {
		ask(fmt.Sprintf("/v1/azure/usages?period=2025-05&customer_id=%d&%s", n, long))
	}
	if kept, weight := s.Memoized(); weight > handlers.MaxMemo || kept < some {
		t.Errorf("%d queries weigh %d", kept, weight)
	}
	runtime.KeepAlive(s)
}

// long is a part of a query string that is close to the bound of the memo.
var long = strings.TrimSuffix(strings.Repeat("catalog="+strings.Repeat("x", 180)+"&", 10), "&")

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the first one leaves what pools hold
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Refusals, targets that are too long and requests without a query are not kept.
func TestNotMemoized(t *testing.T) {
	s, ask := newUncached(t)
	for _, target := range []string{
		"/v1/azure/usages?x=1", "/v1/aws/usages", "/v1/oracle/usages", "/v1/azure/usages?customer_id=%zz", "/v1/me", "/docs/",
		"/v1/azure/usages?" + long + "&catalog=" + strings.Repeat("y", 250),
		"http://" + strings.Repeat("h", handlers.MaxMemoTarget) + "/v1/azure/usages",
	} {
		ask(target)
		if kept, _ := s.Memoized(); kept > 0 {
			t.Fatalf("%.80s is kept", target)
		}
	}
}

// Forget drops the queries of an account that is no longer used, also one that a request is about to put into the memo.
func TestForget(t *testing.T) {
	account, meanwhile := "one", func() {}
	a := newAPI(t, func(o *handlers.Options) {
		o.Account = func(*query.Query, func(string) []string) (string, bool) {
			picked := account
			meanwhile()
			return picked, true
		}
	})
	sent := func() string {
		a.get(usages, "Cache-Control", "no-cache")
		return a.last.Account
	}
	if got := sent(); got != "one" {
		t.Errorf("account %s", got)
	}
	account = "two"
	a.server.Forget()
	if got := sent(); got != "two" {
		t.Errorf("after the change: account %s", got)
	}
	a.server.Forget()
	meanwhile = func() { account = "three"; a.server.Forget(); meanwhile = func() {} }
	a.pass(time.Hour)
	if got := sent(); got != "two" {
		t.Errorf("before Forget: account %s", got)
	}
	if got := sent(); got != "three" {
		t.Errorf("after a change in mid-request: account %s", got)
	}
}

// A caller with a large token has much memory behind few bytes of a target: neither memo, of tokens and of queries, keeps more of
// them than it may.
func TestMemoriesOfLargeTokensAreBounded(t *testing.T) {
	s, a := newResolving(t)
	ask := func(subject string, p profile) { a.person(subject, p).get("/v1/azure/customers") }
	ids := func(n int) []string {
		all := make([]string, 950)
		for i := range all {
			all[i] = fmt.Sprintf("%03x", n+i)
		}
		return all
	}
	ask("warm up", customers("c-1"))
	before := heap()
	for n := range 2000 {
		ask(fmt.Sprintf("subject %d", n), customers(ids(n)...))
	}
	if took := heap() - before; took > handlers.MaxMemo+32<<20 {
		t.Errorf("2000 callers take %d MiB", took>>20)
	}
	runtime.KeepAlive(s)
}
