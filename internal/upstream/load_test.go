package upstream_test

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// told gathers what hooks are told.
type told struct {
	mu    sync.Mutex
	words []string // guarded by mu
}

func (t *told) add(word string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.words = append(t.words, word)
}

func (t *told) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.words)
}

func wantTold(t *testing.T, what string, got *told, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got.all()); diff != "" {
		t.Errorf("%s, -want +got:\n%s", what, diff)
	}
}

func TestTheLoadTellsWhoHasAPlaceAndWhoWaits(t *testing.T) {
	release := make(chan struct{})
	r := start(t, nil, func(w http.ResponseWriter, q *http.Request, n int) {
		<-release
		says("[]")(w, q, n)
	})
	var shed told
	o := options(t, r.URL)
	o.MaxConcurrent, o.QueueWait, o.OnShed = 2, 200*time.Millisecond, shed.add
	c := connect(t, o)
	var all sync.WaitGroup
	ask := func(awaited <-chan struct{}) {
		all.Go(func() { _, _ = c.Fetch(t.Context(), usages(t), awaited) })
	}
	ask(nil)
	wantLoad(t, c, upstream.Load{Places: 2, Background: upstream.Lane{Taken: 1}})
	ask(nil)
	wantLoad(t, c, upstream.Load{Places: 2, Background: upstream.Lane{Taken: 1, Waiting: 1}})
	ask(awaited)
	full := upstream.Load{Places: 2, Callers: upstream.Lane{Taken: 1}, Background: upstream.Lane{Taken: 1, Waiting: 1}}
	wantLoad(t, c, full)
	_, err := fetch(t, c, usages(t))
	wantFault(t, err, fault.UpstreamUnavailable, 0)
	wantTold(t, "shed", &shed, "queue")
	wantLoad(t, c, full)
	close(release)
	all.Wait()
	wantLoad(t, c, upstream.Load{Places: 2})
}

func wantLoad(t *testing.T, c *upstream.Client, want upstream.Load) {
	t.Helper()
	var got upstream.Load
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if got = c.Line.Load(); got == want {
			return
		}
	}
	t.Fatalf("got %+v, want %+v", got, want)
}

// The breaker of a host that fails opens, lets a probe through now and then, and closes with the first success.
func TestBreaker(t *testing.T) {
	var clock offset
	var fails atomic.Bool
	fails.Store(true)
	r := start(t, nil, func(w http.ResponseWriter, q *http.Request, n int) {
		if fails.Load() {
			responds(http.StatusInternalServerError)(w, q, n)
			return
		}
		says("[]")(w, q, n)
	})
	var shed told
	o := options(t, r.URL)
	o.OnShed, o.Now = shed.add, clock.now
	c := connect(t, o)
	want := func(state string, opened uint64) {
		t.Helper()
		if s, n := c.Breaker(); s != state || n != opened {
			t.Errorf("%s, opened %d times, want %s and %d", s, n, state, opened)
		}
	}
	want(upstream.BreakerClosed, 0)
	for range 6 {
		_, err := fetch(t, c, usages(t))
		wantFault(t, err, fault.UpstreamError, http.StatusInternalServerError)
		clock.add(500 * time.Millisecond)
	}
	want(upstream.BreakerOpen, 1)
	_, err := fetch(t, c, usages(t)) // the probe
	wantFault(t, err, fault.UpstreamError, http.StatusInternalServerError)
	wantTold(t, "shed", &shed)
	_, err = fetch(t, c, usages(t))
	wantFault(t, err, fault.UpstreamUnavailable, 0)
	wantTold(t, "shed", &shed, "breaker")
	if failing, probe := c.Failing(); !failing || probe {
		t.Errorf("failing %t, probe %t", failing, probe)
	}
	clock.add(500 * time.Millisecond)
	fails.Store(false)
	mustFetch(t, c)
	want(upstream.BreakerClosed, 1)
	if failing, _ := c.Failing(); failing {
		t.Error("it still fails")
	}
}

// offset is a clock that the test moves.
type offset struct{ ahead atomic.Int64 }

func (o *offset) now() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }

func (o *offset) add(d time.Duration) { o.ahead.Add(int64(d)) }

func TestShedReasonsAreThoseOfFaults(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	var shed told
	o := options(t, r.URL)
	o.OnShed = shed.add
	c := connect(t, o)
	for range 3 { // Rocket's own answers
		_, err := fetch(t, c, usages(t))
		wantFault(t, err, fault.UpstreamUnavailable, http.StatusTooManyRequests)
	}
	_, err := fetch(t, c, usages(t))
	wantFault(t, err, fault.UpstreamUnavailable, 0)
	wantTold(t, "shed", &shed, "limited")
	if diff := cmp.Diff([]string{"breaker", "limited", "queue", "memory"}, upstream.ShedReasons()); diff != "" {
		t.Error(diff)
	}
}

func TestLoginsAndRetriesAreTold(t *testing.T) {
	begun := time.Now()
	r := start(t, func(w http.ResponseWriter, q *http.Request, n int) {
		if n == 1 {
			responds(http.StatusServiceUnavailable)(w, q, n)
			return
		}
		tokens(time.Now)(w, q, n)
	}, func(w http.ResponseWriter, q *http.Request, n int) {
		if n == 1 {
			responds(http.StatusBadGateway)(w, q, n)
			return
		}
		says("[]")(w, q, n)
	})
	var logins, retries told
	o := options(t, r.URL)
	o.OnRetry = func() { retries.add("retry") }
	o.OnLogin = func(_ string, err error) {
		if err != nil {
			logins.add(string(fault.Of(err).Kind))
			return
		}
		logins.add("success")
	}
	c := connect(t, o)
	if since, expires := c.Token(); !since.IsZero() || !expires.IsZero() {
		t.Errorf("a token from %s to %s before the first login", since, expires)
	}
	mustFetch(t, c)
	mustFetch(t, c)
	wantTold(t, "logins", &logins, string(fault.UpstreamError), "success")
	wantTold(t, "retries", &retries, "retry", "retry")
	since, expires := c.Token()
	if since.Before(begun) || since.After(time.Now()) || expires.Sub(since) < 59*time.Minute || expires.Sub(since) > time.Hour {
		t.Errorf("a token from %s to %s", since, expires)
	}
}
