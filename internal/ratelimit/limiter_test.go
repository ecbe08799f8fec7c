package ratelimit_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestNoLimitGrantsEverything(t *testing.T) {
	l := ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: rate.Limit{}, Now: time.Now})
	s, ok := l.Take(t.Context(), "a", 1)
	if !ok || s != (ratelimit.Status{}) {
		t.Errorf("granted %t, status %+v", ok, s)
	}
}

func TestABurstOfTheWholeLimitThenOneByOne(t *testing.T) {
	l, c := alone(t, "600/1m")
	if n := grants(l, "a", 1000); n != 600 {
		t.Fatalf("%d of 1000 at once, want 600", n)
	}
	if next := refused(t, l, "a"); next != 100*time.Millisecond {
		t.Errorf("the next after %s, want 100ms", next)
	}
	c.advance(100*time.Millisecond - time.Microsecond)
	refused(t, l, "a")
	c.advance(time.Microsecond)
	if n := grants(l, "a", 10); n != 1 {
		t.Errorf("%d after 100ms, want 1", n)
	}
	c.advance(time.Second)
	if n := grants(l, "a", 100); n != 10 {
		t.Errorf("%d after another second, want 10", n)
	}
	c.advance(time.Hour)
	if n := grants(l, "a", 1000); n != 600 {
		t.Errorf("%d after an hour, want the whole 600 and no more", n)
	}
}

// A caller that sends each request as soon as it may gets exactly the limit, whether it divides or not.
func TestRoundingLosesNothing(t *testing.T) {
	for text, perDay := range map[string]int{"6/1m": 8640, "7/1m": 10_080, "11/17m": 931, "997/24h": 997} {
		l, c := alone(t, text)
		granted := -limit(t, text).Requests // the burst to begin with
		for end := c.Add(24 * time.Hour); !c.After(end); {
			if n := grants(l, "a", 1); n == 1 {
				granted++
				continue
			}
			c.advance(refused(t, l, "a"))
		}
		if granted != perDay {
			t.Errorf("%s: %d in a day after the burst, want %d", text, granted, perDay)
		}
	}
}

func TestStatus(t *testing.T) {
	l, c := alone(t, "10/1m")
	for _, step := range []struct {
		wait      time.Duration
		remaining int
		next      time.Duration
	}{
		{0, 9, 6 * time.Second},
		{time.Second, 8, 5 * time.Second},
		{5 * time.Second, 8, 6 * time.Second},
		{time.Hour, 9, 6 * time.Second},
		{5999 * time.Millisecond, 8, time.Millisecond},
	} {
		c.advance(step.wait)
		s, ok := l.Take(t.Context(), "a", 1)
		want := ratelimit.Status{Name: "requests", Limit: limit(t, "10/1m"), Remaining: step.remaining, Next: step.next}
		if !ok || s != want {
			t.Errorf("after %s more: granted %t, %+v, want %+v", step.wait, ok, s, want)
		}
	}
}

func TestCallersDoNotInfluenceOneAnother(t *testing.T) {
	l, _ := alone(t, "5/1m")
	for i, caller := range hostile {
		if n := grants(l, caller, 7); n != 5 {
			t.Errorf("caller %d: %d, want 5", i, n)
		}
	}
}

// hostile are callers that differ in what a key might stumble over.
var hostile = []string{
	"a", "A", "", " ", "a ", "a b", "{a}", "a}", "}{", "{", "a\x00", "a\r\nb", "requests:{a}", "ä", "a\u0308", "\xff",
	strings.Repeat("a", 100_000), strings.Repeat("a", 100_001),
}

func TestConcurrentRequestsOfOneProcess(t *testing.T) {
	l, _ := alone(t, "100/24h")
	var granted atomic.Int64
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() { granted.Add(int64(grants(l, "a", 50))) })
	}
	callers.Wait()
	if n := granted.Load(); n != 100 {
		t.Errorf("%d passed, want 100", n)
	}
}

// A clock that is set back takes nothing away but the waiting that had been done.
func TestTheClockIsSetBack(t *testing.T) {
	for _, back := range []time.Duration{3 * time.Second, 90 * time.Second, time.Hour} {
		l, c := alone(t, "10/1m")
		grants(l, "a", 10)
		c.advance(15 * time.Second)
		grants(l, "a", 2)
		c.advance(-back)
		if next := refused(t, l, "a"); next != 6*time.Second {
			t.Errorf("%s back: the next after %s, want 6s", back, next)
		}
		c.advance(6 * time.Second)
		if n := grants(l, "a", 10); n != 1 {
			t.Errorf("%s back: %d after 6s, want 1", back, n)
		}
	}
}

func TestACallerAfterALongPause(t *testing.T) {
	l, c := alone(t, "1000000/1s")
	grants(l, "a", 5)
	for _, years := range []int{1, 2, 10} {
		c.Time = c.AddDate(years, 0, 0)
		if s, ok := l.Take(t.Context(), "a", 1); !ok || s.Remaining != 999_999 {
			t.Errorf("after %d years: granted %t, %d left", years, ok, s.Remaining)
		}
	}
}

func TestCopiesAreBounded(t *testing.T) {
	l, _ := alone(t, "5/1m")
	for i := range 20_000 {
		l.Take(context.Background(), strconv.Itoa(i), 1)
	}
	if n := l.Copies(); n > 10_000 {
		t.Errorf("%d copies are kept", n)
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	metrics := prometheus.NewRegistry()
	now := func() time.Time { return time.Date(2025, 6, 18, 9, 0, 0, 0, time.UTC) }
	l := ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: limit(t, "3/1m"), Now: now, Metrics: metrics})
	ratelimit.New(ratelimit.Options{Name: ratelimit.Upstream, Now: now, Metrics: metrics})
	grants(l, "a", 5)
	grants(l, "b", 4)
	if n := testkit.Metric(t, metrics, "quota_refusals_total", ratelimit.Requests); n != 3 {
		t.Errorf("%v, want two of a and one of b", n)
	}
	if families, err := metrics.Gather(); err != nil || len(families) != 1 || len(families[0].GetMetric()) != 2 {
		t.Errorf("%v, %v, want a series for each limiter", families, err)
	}
}
