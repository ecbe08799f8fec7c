package cache_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// events counts what a cache tells.
type events struct {
	mu sync.Mutex
	n  map[cache.Event]int // guarded by mu
}

func (e *events) hear(o *cache.Options) {
	o.OnEvent = func(event cache.Event) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.n == nil {
			e.n = map[cache.Event]int{}
		}
		e.n[event]++
	}
}

func (e *events) all() map[cache.Event]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.n)
}

func wantEvents(t *testing.T, what string, e *events, want map[cache.Event]int) {
	t.Helper()
	if diff := cmp.Diff(want, e.all()); diff != "" {
		t.Errorf("%s, -want +got:\n%s", what, diff)
	}
}

// Every answer past its freshness says why it was good enough; no other does.
func TestWhyAStaleAnswerIsGiven(t *testing.T) {
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
		{cache.StaleSlow, past, func(r *rocket) { r.answer = after(3*time.Second, `[2]`) }, cache.Directives{}},
		{cache.StaleQuota, past, nil, cache.Directives{Admit: poor}},
		{cache.StaleOnlyIfCached, past, nil, cache.Directives{OnlyIfCached: true}},
	} {
		synctest.Test(t, func(t *testing.T) {
			until("2025-06-18T09:00:00Z")
			r := says(`[1]`)
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

func TestLeasesAndThoseWhoRide(t *testing.T) {
	server := testkit.StartRedis(t)
	release := make(chan struct{})
	r := &rocket{answer: func(context.Context, *query.Query) ([]byte, error) {
		<-release
		return []byte(`["one"]`), nil
	}}
	var holder, rider events
	one, other := replica(t, r, server.URL(), holder.hear), replica(t, r, server.URL(), rider.hear)
	var callers sync.WaitGroup
	for _, c := range []*cache.Cache{one, one, one} {
		callers.Go(func() { get(t, c, june()) })
	}
	testkit.Until(t, "a replica fetches", func() bool { return r.calls.Load() == 1 })
	callers.Go(func() { get(t, other, june()) })
	testkit.Until(t, "the other one waits", func() bool { return rider.all()[cache.LeaseTaken] == 1 })
	close(release)
	callers.Wait()
	wantEvents(t, "the replica that fetched", &holder, map[cache.Event]int{cache.LeaseGranted: 1, cache.CollapsedHere: 2})
	wantEvents(t, "the one that waited", &rider, map[cache.Event]int{cache.LeaseTaken: 1, cache.CollapsedElsewhere: 1})
	server.Kill()
	get(t, other, anyone())
	if n := rider.all()[cache.LeaseAlone]; n != 1 {
		t.Errorf("%d fetches alone without Redis, want 1", n)
	}
}

func TestAValueThatCannotBeUsedIsTold(t *testing.T) {
	server := testkit.StartRedis(t)
	get(t, replica(t, says(`[1]`), server.URL()), june())
	client := raw(t, server)
	client.Set(context.Background(), onlyKey(t, client), "nonsense", time.Minute)
	var heard events
	get(t, replica(t, says(`[1]`), server.URL(), heard.hear), june())
	wantEvents(t, "a damaged value", &heard, map[cache.Event]int{cache.Dropped: 1, cache.LeaseGranted: 1})
}

func TestEvictionsAreTold(t *testing.T) {
	r := says(`[` + fmt.Sprintf("%0*d", 100_000, 1) + `]`)
	var heard events
	o := options(r)
	o.MemoryBytes = 1 << 20
	heard.hear(&o)
	c := open(t, o)
	const asked = 100
	for i := range asked {
		get(t, c, numbered(i))
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		entries, bytes := c.Size()
		if n := heard.all()[cache.EvictedForRoom]; bytes <= 1<<20 && n == asked-entries {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%d evictions of %d entries, %d are left with %d bytes", n, asked, entries, bytes)
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
		var heard events
		o := options(says(`[1]`))
		heard.hear(&o)
		c := open(t, o)
		get(t, c, june())
		time.Sleep(policy.Open + policy.StaleIfError - time.Minute)
		wantEvents(t, "while it can stand in", &heard, nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		wantEvents(t, "afterwards", &heard, map[cache.Event]int{cache.EvictedForAge: 1})
	})
}
