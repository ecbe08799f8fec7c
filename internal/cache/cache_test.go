package cache_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// rocket responds as the test wants, and counts its fetches.
type rocket struct {
	calls          atomic.Int32
	failing, probe atomic.Bool // what Failing returns

	respond func(ctx context.Context, q *query.Query) ([]byte, error)
}

func (r *rocket) Fetch(ctx context.Context, q *query.Query, _ <-chan struct{}) ([]byte, error) {
	r.calls.Add(1)
	return r.respond(ctx, q)
}

func (r *rocket) Failing(*query.Query) (failing, probe bool) { return r.failing.Load(), r.probe.Load() }

func returns(body string) *rocket {
	return &rocket{respond: func(context.Context, *query.Query) ([]byte, error) { return []byte(body), nil }}
}

func (r *rocket) fails(kind fault.Kind, status int) {
	r.respond = func(context.Context, *query.Query) ([]byte, error) {
		return nil, &fault.Error{Kind: kind, Status: status}
	}
}

var policy = cache.Policy{
	Location: time.UTC, Open: 5 * time.Minute, Settling: time.Hour, SettleDays: 10, Closed: 24 * time.Hour,
	Pickers: 15 * time.Minute, StaleIfError: 72 * time.Hour,
}

func options(r *rocket) cache.Options {
	return cache.Options{
		Origin: r, Policy: policy, MemoryBytes: 16 << 20, MaxEntryBytes: 1 << 20, FetchTimeout: 30 * time.Second,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
}

// open makes a cache that ends with the test; inside a bubble that must be before the bubble does.
func open(t *testing.T, o cache.Options) *cache.Cache {
	t.Helper()
	c, err := cache.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return c
}

// june is a query about June 2025.
func june() *query.Query {
	q := query.Query{
		Account: "a", Provider: query.Azure, Endpoint: query.Usages,
		Params: query.Params{
			Start: "2025-06-01", End: "2025-06-30", View: "customers", InvoiceType: "1", Cost: "resellers",
			Catalog: []string{"consumption"},
		},
	}
	return &q
}

func get(t *testing.T, c *cache.Cache, q *query.Query) cache.Response {
	t.Helper()
	a, err := c.Get(context.Background(), q, q.Key(), cache.Directives{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// until moves the bubble's clock to an instant.
func until(instant string) {
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		panic(err)
	}
	time.Sleep(time.Until(at))
}

func wantStatus(t *testing.T, a cache.Response, want string) {
	t.Helper()
	if got := a.Status.String(); got != "rocket-gateway; "+want {
		t.Errorf("Cache-Status %q, want %q", got, "rocket-gateway; "+want)
	}
}

func TestSecondRequestIsAMemoryHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`[1.10]`)
		c := open(t, options(r))
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200; stored")
		time.Sleep(60500 * time.Millisecond)
		a := get(t, c, june())
		wantStatus(t, a, "hit; ttl=239; detail=memory")
		if string(a.Entry.Body) != `[1.10]` || a.Entry.State != cache.Open {
			t.Errorf("body %s, state %s", a.Entry.Body, a.Entry.State)
		}
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestExpiredEntryIsFetchedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		r := returns(`["one"]`)
		c := open(t, options(r))
		first := get(t, c, june())
		time.Sleep(5 * time.Minute)
		same := get(t, c, june())
		wantStatus(t, same, "fwd=stale; fwd-status=200; stored")
		if !same.Entry.FirstSeen.Equal(first.Entry.FirstSeen) || same.Entry.FetchedAt.Equal(first.Entry.FetchedAt) {
			t.Error("an identical refetch keeps FirstSeen and moves FetchedAt")
		}
		r.respond = returns(`["two"]`).respond
		time.Sleep(5 * time.Minute)
		other := get(t, c, june())
		if !other.Entry.FirstSeen.Equal(other.Entry.FetchedAt) || other.Entry.ETag[0] == first.Entry.ETag[0] {
			t.Error("another body is first seen when it is fetched, and has another ETag")
		}
	})
}

func TestStaleIfError(t *testing.T) {
	for _, f := range []struct {
		kind   fault.Kind
		status int
		want   string
	}{
		{fault.UpstreamError, 503, "fwd=stale; fwd-status=503"},
		{fault.UpstreamError, 0, "fwd=stale"},
		{fault.UpstreamTimeout, 0, "fwd=stale"},
		{fault.UpstreamUnavailable, 429, "fwd=stale; fwd-status=429"},
		{fault.UpstreamCredentials, 401, "fwd=stale; fwd-status=401"},
		{fault.UpstreamInvalidResponse, 200, "fwd=stale; fwd-status=200"},
	} {
		synctest.Test(t, func(t *testing.T) {
			until("2025-06-18T09:00:00Z")
			r := returns(`[]`)
			c := open(t, options(r))
			get(t, c, june())
			r.fails(f.kind, f.status)
			time.Sleep(5*time.Minute + 72*time.Hour - time.Second)
			wantStatus(t, get(t, c, june()), f.want)
			time.Sleep(time.Second)
			if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{}); fault.Of(err).Kind != f.kind {
				t.Errorf("after stale-if-error: %v, want %s", err, f.kind)
			}
		})
	}
}

func TestARefusedQueryIsNotHiddenByAStaleEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := returns(`[]`)
		c := open(t, options(r))
		get(t, c, june())
		r.fails(fault.UpstreamRejected, 422)
		time.Sleep(6 * time.Minute)
		for _, d := range []cache.Directives{{}, {NoCache: true}} {
			a, err := c.Get(t.Context(), june(), june().Key(), d)
			if fault.Of(err).Kind != fault.UpstreamRejected {
				t.Errorf("got %v, want %s", err, fault.UpstreamRejected)
			}
			wantStatus(t, a, "fwd=miss; fwd-status=422")
		}
	})
}

// A failure holds back attempts for a second, also without an entry and without Redis, and is forgotten then.
func TestFailuresAreNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rocket{}
		r.fails(fault.UpstreamError, 500)
		c := open(t, options(r))
		a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{})
		if fault.Of(err).Kind != fault.UpstreamError {
			t.Fatal(err)
		}
		wantStatus(t, a, "fwd=miss; fwd-status=500")
		time.Sleep(999 * time.Millisecond)
		if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{}); fault.Of(err).Status != 500 || r.calls.Load() != 1 {
			t.Errorf("got %v after %d calls, want the failure of the first", err, r.calls.Load())
		}
		r.respond = returns(`[]`).respond
		time.Sleep(time.Millisecond)
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200; stored")
	})
}

func TestConcurrentRequestsShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
			time.Sleep(300 * time.Millisecond)
			return []byte(`[]`), nil
		}}
		c := open(t, options(r))
		var collapsed, led atomic.Int32
		var callers sync.WaitGroup
		for range 200 {
			callers.Go(func() {
				switch a := get(t, c, june()); a.Status.String() {
				case "rocket-gateway; fwd=miss; collapsed":
					collapsed.Add(1)
				case "rocket-gateway; fwd=miss; fwd-status=200; stored":
					led.Add(1)
				default:
					t.Error(a.Status)
				}
			})
		}
		callers.Wait()
		if r.calls.Load() != 1 || led.Load() != 1 || collapsed.Load() != 199 {
			t.Errorf("%d calls, %d led, %d collapsed", r.calls.Load(), led.Load(), collapsed.Load())
		}
	})
}

func TestACallerThatDisconnectsSpoilsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rocket{respond: func(ctx context.Context, _ *query.Query) ([]byte, error) {
			select {
			case <-time.After(time.Second):
				return []byte(`[]`), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		c := open(t, options(r))
		impatient, hangUp := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := c.Get(impatient, june(), june().Key(), cache.Directives{}); !errors.Is(err, context.Canceled) {
				t.Errorf("the impatient caller got %v", err)
			}
		})
		callers.Go(func() {
			time.Sleep(100 * time.Millisecond)
			wantStatus(t, get(t, c, june()), "fwd=miss; collapsed")
		})
		time.Sleep(500 * time.Millisecond)
		hangUp()
		callers.Wait()
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestAFetchHasADeadlineOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rocket{respond: func(ctx context.Context, _ *query.Query) ([]byte, error) {
			<-ctx.Done()
			return nil, &fault.Error{Kind: fault.UpstreamTimeout}
		}}
		c := open(t, options(r))
		started := time.Now()
		if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{}); fault.Of(err).Kind != fault.UpstreamTimeout {
			t.Error(err)
		}
		if took := time.Since(started); took != 30*time.Second {
			t.Errorf("took %s, want 30s", took)
		}
	})
}

func TestAPanicInAFetchIsAnError(t *testing.T) {
	r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) { panic("boom") }}
	c := open(t, options(r))
	if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{}); fault.Of(err).Kind != fault.Internal {
		t.Errorf("got %v, want %s", err, fault.Internal)
	}
	r.respond = returns(`[]`).respond
	get(t, c, june())
}

func TestWhatIsTooLargePassesThrough(t *testing.T) {
	r := returns(`["` + string(make([]byte, 1<<20)) + `"]`)
	metrics := prometheus.NewRegistry()
	o := options(r)
	o.Metrics = metrics
	c := open(t, o)
	for range 2 {
		wantStatus(t, get(t, c, june()), "fwd=miss; fwd-status=200")
	}
	if n := testkit.Metric(t, metrics, "passed_through_total", "usages"); n != 2 {
		t.Errorf("%v counted, want 2", n)
	}
	if n := testkit.Metric(t, metrics, "memory_entries"); n != 0 {
		t.Errorf("%v entries stored", n)
	}
}

func TestQueriesDoNotShareEntries(t *testing.T) {
	r := &rocket{respond: func(_ context.Context, q *query.Query) ([]byte, error) {
		return []byte(`["` + q.Account + q.CustomerID + `"]`), nil
	}}
	c := open(t, options(r))
	one, two, other := june(), june(), june()
	two.CustomerID, other.Account = "x", "ax"
	for range 2 {
		for q, want := range map[*query.Query]string{one: `["a"]`, two: `["ax"]`, other: `["ax"]`} {
			if got := string(get(t, c, q).Entry.Body); got != want {
				t.Errorf("%+v: %s, want %s", q, got, want)
			}
		}
	}
	if n := r.calls.Load(); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
}

func TestCloseWaitsForFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
			time.Sleep(2 * time.Second)
			return []byte(`[]`), nil
		}}
		c, err := cache.New(options(r))
		if err != nil {
			t.Fatal(err)
		}
		ctx, hangUp := context.WithCancel(t.Context())
		hangUp()
		_, _ = c.Get(ctx, june(), june().Key(), cache.Directives{})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Close(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close returned %v during a fetch", err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
