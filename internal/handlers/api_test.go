package handlers_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// api is the whole API in front of a Rocket and a clock that the test owns.
type api struct {
	t       testing.TB
	handler http.Handler
	log     *slog.Logger

	server *handlers.Server
	calls  atomic.Int32
	last   query.Query                          // guarded by mu while requests are under way
	rocket func(q *query.Query) ([]byte, error) // responds to a fetch

	registry *prometheus.Registry
	totals   map[string]float64 // of the counters at the last call of counted

	mu    sync.Mutex
	clock time.Time // guarded by mu

	virtual bool // the clock is that of the bubble
}

func (a *api) Failing(*query.Query) (failing, probe bool) { return false, false }

func (a *api) Fetch(_ context.Context, q *query.Query, _ <-chan struct{}) ([]byte, error) {
	a.calls.Add(1)
	a.mu.Lock()
	a.last = *q
	a.mu.Unlock()
	return a.rocket(q)
}

func (a *api) now() time.Time {
	if a.virtual {
		return time.Now()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock
}

func (a *api) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock = a.clock.Add(d)
}

// counted returns the counters that the metrics have incremented since the last call: each by its name and the values of its labels,
// in the order of the labels' names.
func (a *api) counted() (all []string) {
	a.t.Helper()
	families, err := a.registry.Gather()
	if err != nil {
		a.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			for ; a.totals[name] < m.GetCounter().GetValue(); a.totals[name]++ {
				all = append(all, name)
			}
		}
	}
	return all
}

// noon is in the middle of an open month.
var noon = time.Date(2025, 6, 18, 12, 0, 0, 0, time.UTC)

func oneAccount(*query.Query, func(string) []string) (string, bool) { return "account", true }

func noCurrency(query.Provider, []string, []string, func(string) []string) string { return "" }

func newAPI(t testing.TB, change ...func(*handlers.Options)) *api {
	t.Helper()
	a := &api{
		t: t, clock: noon, log: slog.New(slog.DiscardHandler), registry: prometheus.NewRegistry(), totals: map[string]float64{},
	}
	a.responds(`[{"id":"1"}]`)
	c, err := cache.New(cache.Options{
		Origin: a, MemoryBytes: 64 << 20, MaxEntryBytes: 8 << 20, FetchTimeout: 30 * time.Second, Now: a.now, Log: a.log,
		Policy: cache.Policy{
			Location: time.UTC, Open: 5 * time.Minute, Settling: time.Hour, SettleDays: 10, Closed: 24 * time.Hour,
			Pickers: 15 * time.Minute, StaleIfError: 72 * time.Hour,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	o := handlers.Options{
		Cache: c, Auth: handlers.AllowAll{}, Account: oneAccount, Currency: noCurrency, Location: time.UTC, ClientMaxAge: time.Minute,
		FetchTimeout: 30 * time.Second, MaxBytes: 32 << 20, Docs: true, Now: a.now, Log: a.log, Metrics: a.registry,
	}
	for _, f := range change {
		f(&o)
	}
	a.server = handlers.New(o)
	if a.handler, err = a.server.Handler(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *api) responds(body string) {
	a.rocket = func(*query.Query) ([]byte, error) { return []byte(body), nil }
}

func (a *api) fails(err error) {
	a.rocket = func(*query.Query) ([]byte, error) { return nil, err }
}

// get sends a request with header lines given as name, value, name, value, …
func (a *api) get(target string, header ...string) *http.Response {
	return a.do(http.MethodGet, target, header...)
}

func (a *api) do(method, target string, header ...string) *http.Response {
	a.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return w.Result()
}

type document struct {
	Type, Title, Detail, Instance string
	Status                        int
	RequestID                     string `json:"request_id"`
	Part                          string
	Errors                        []struct{ Parameter, Message string }
}

// problem reads a problem document and checks what all have in common.
func problem(t *testing.T, resp *http.Response) document {
	t.Helper()
	var d document
	decoder := json.NewDecoder(resp.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	if d.Status != resp.StatusCode || d.RequestID != resp.Header.Get("X-Request-Id") || d.RequestID == "" || d.Title == "" || d.Detail == "" {
		t.Errorf("status %d, header %s: %+v", resp.StatusCode, resp.Header.Get("X-Request-Id"), d)
	}
	return d
}
