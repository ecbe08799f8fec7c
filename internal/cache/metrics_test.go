package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// counters are the cache's own metrics.
type counters struct{ *prometheus.Registry }

func newCounters() counters { return counters{prometheus.NewRegistry()} }

func (c counters) use(o *cache.Options) { o.Metrics = c }

// want compares all counters that are not zero, by name and label value.
func (c counters) want(t *testing.T, what string, want map[string]float64) {
	t.Helper()
	got := map[string]float64{}
	families, err := c.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			if n := m.GetCounter().GetValue(); n != 0 {
				got[name] = n
			}
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s, -want +got:\n%s", what, diff)
	}
}

// The series exist from the beginning, so that the first event is an increase.
func TestSeriesBeginAtZero(t *testing.T) {
	counted := newCounters()
	o := options(returns(`[1]`))
	counted.use(&o)
	open(t, o)
	series := map[string]int{}
	families, err := counted.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		series[family.GetName()] = len(family.GetMetric())
	}
	want := map[string]int{
		"leases_total": 4, "collapsed_total": 2, "memory_evictions_total": 2, "restatements_total": 3, "purges_total": 4,
		"passed_through_total": len(query.Endpoints()), "redis_values_dropped_total": 1,
		"memory_entries": 1, "memory_bytes": 1, "memory_limit_bytes": 1,
	}
	if diff := cmp.Diff(want, series); diff != "" {
		t.Errorf("series by metric, -want +got:\n%s", diff)
	}
	counted.want(t, "before the first request", nil)
}

func TestPurgesAreCounted(t *testing.T) {
	server := testkit.StartRedis(t)
	counted := newCounters()
	c := replica(t, returns(`[1]`), server.URL(), counted.use)
	purge(t, c, cache.Purge{All: true})
	server.Kill()
	if err := c.Purge(t.Context(), cache.Purge{All: true, Hard: true}); !errors.Is(err, cache.ErrNotShared) {
		t.Errorf("%v, want %v", err, cache.ErrNotShared)
	}
	counted.want(t, "one in Redis and one pending", map[string]float64{"purges_total soft fleet": 1, "purges_total hard replica": 1})
}

// Every stale response has a reason; no other has.
func TestReasonsForStaleEntries(t *testing.T) {
	const past = 16 * time.Minute // five of freshness and ten of revalidation
	broken := func(r *rocket) { r.fails(fault.UpstreamError, 503) }
	poor, _ := purse(0)
	for _, tt := range []struct {
		want   cache.Stale
		age    time.Duration
		rocket func(*rocket)
		d      cache.Directives
	}{
		{"", time.Minute, broken, cache.Directives{}},
		{"", time.Minute, broken, cache.Directives{OnlyIfCached: true}},
		{"", time.Minute, broken, cache.Directives{NoCache: true}}, // the refetch fails, and the old one is fresh still
		{"", past, nil, cache.Directives{}},                        // refetched
		{cache.StaleRevalidating, 6 * time.Minute, nil, cache.Directives{}},
		{cache.StaleError, past, broken, cache.Directives{}},
		{cache.StaleError, 6 * time.Minute, broken, cache.Directives{NoCache: true}},
		{cache.StaleSlow, past, func(r *rocket) { r.respond = after(3*time.Second, `[2]`) }, cache.Directives{}},
		{cache.StaleQuota, past, nil, cache.Directives{Admit: poor}},
		{cache.StaleOnlyIfCached, past, nil, cache.Directives{OnlyIfCached: true}},
	} {
		synctest.Test(t, func(t *testing.T) {
			until("2025-06-18T09:00:00Z")
			r := returns(`[1]`)
			c := open(t, revalidating(r))
			get(t, c, june())
			time.Sleep(tt.age)
			if tt.rocket != nil {
				tt.rocket(r)
			}
			a, err := c.Get(context.Background(), june(), june().Key(), tt.d)
			if err != nil || a.Status.Stale != tt.want {
				t.Errorf("after %s with %+v: %q, want %q; %s, %v", tt.age, tt.d, a.Status.Stale, tt.want, a.Status, err)
			}
			if tt.want == cache.StaleError && tt.age == past {
				if again := get(t, c, june()); again.Status.Stale != cache.StalePaused {
					t.Errorf("at once again: %q", again.Status.Stale)
				}
			}
		})
	}
}

func TestLeasesAndCollapsedRequestsAreCounted(t *testing.T) {
	server := testkit.StartRedis(t)
	release := make(chan struct{})
	r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
		<-release
		return []byte(`["one"]`), nil
	}}
	holder, waiter := newCounters(), newCounters()
	one, other := replica(t, r, server.URL(), holder.use), replica(t, r, server.URL(), waiter.use)
	var callers sync.WaitGroup
	for _, c := range []*cache.Cache{one, one, one} {
		callers.Go(func() { get(t, c, june()) })
	}
	testkit.Until(t, "a replica fetches", func() bool { return r.calls.Load() == 1 })
	callers.Go(func() { get(t, other, june()) })
	testkit.Until(t, "the other one waits", func() bool { return testkit.Metric(t, waiter, "leases_total", "taken") == 1 })
	close(release)
	callers.Wait()
	holder.want(t, "the replica that fetched", map[string]float64{"leases_total granted": 1, "collapsed_total replica": 2})
	waiter.want(t, "the one that waited", map[string]float64{"leases_total taken": 1, "collapsed_total fleet": 1})
	server.Kill()
	get(t, other, neverSent())
	if n := testkit.Metric(t, waiter, "leases_total", "alone"); n != 1 {
		t.Errorf("%v fetches alone without Redis, want 1", n)
	}
}

func TestADroppedValueIsCounted(t *testing.T) {
	server := testkit.StartRedis(t)
	get(t, replica(t, returns(`[1]`), server.URL()), june())
	client := raw(t, server)
	client.Set(context.Background(), onlyKey(t, client), "nonsense", time.Minute)
	counted := newCounters()
	get(t, replica(t, returns(`[1]`), server.URL(), counted.use), june())
	counted.want(t, "a damaged value", map[string]float64{"redis_values_dropped_total": 1, "leases_total granted": 1})
}

func TestEvictionsAreCounted(t *testing.T) {
	r := returns(`[` + fmt.Sprintf("%0*d", 100_000, 1) + `]`)
	counted := newCounters()
	o := options(r)
	o.MemoryBytes = 1 << 20
	counted.use(&o)
	c := open(t, o)
	const fetches = 100
	for i := range fetches {
		get(t, c, numbered(i))
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		entries, bytes := testkit.Metric(t, counted, "memory_entries"), testkit.Metric(t, counted, "memory_bytes")
		if n := testkit.Metric(t, counted, "memory_evictions_total", "room"); bytes <= 1<<20 && n == fetches-entries {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%v evictions of %d entries, %v are left with %v bytes", n, fetches, entries, bytes)
		}
	}
}

func numbered(i int) *query.Query {
	q := june()
	q.CustomerID = fmt.Sprint(i)
	return q
}

func TestWhatIsOfNoMoreUseIsEvicted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		counted := newCounters()
		o := options(returns(`[1]`))
		counted.use(&o)
		c := open(t, o)
		get(t, c, june())
		time.Sleep(policy.Open + policy.StaleIfError - time.Minute)
		counted.want(t, "while it is usable", nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		counted.want(t, "afterwards", map[string]float64{"memory_evictions_total age": 1})
	})
}
