package cache_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// model is what must be true of the cache, told from outside: when Rocket gave which version, what was purged when, and
// whether Rocket works.
type model struct {
	t     *rapid.T
	cache *cache.Cache

	mu      sync.Mutex // guards the rest
	version int
	given   map[int]time.Time // when Rocket gave a version last
	last    time.Time         // when it gave any
	failed  time.Time         // when it failed last
	flying  int
	down    bool
	slow    time.Duration
	soft    time.Time // of the last purge
	hard    time.Time
	calls   int
}

const (
	modelFresh = 5 * time.Minute
	modelSWR   = 10 * time.Minute
	modelSIE   = time.Hour
)

func (m *model) Fetch(_ context.Context, _ *query.Query, _ <-chan struct{}) ([]byte, error) {
	m.mu.Lock()
	m.calls++
	m.flying++
	slow, down, version := m.slow, m.down, m.version
	m.mu.Unlock()
	time.Sleep(slow)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flying--
	if down {
		m.failed = time.Now()
		return nil, &fault.Error{Kind: fault.UpstreamError, Status: 503}
	}
	m.last = time.Now()
	m.given[version] = m.last
	return fmt.Appendf(nil, "[%d]", version), nil
}

// ask checks one answer against all that is known.
func (m *model) ask(d cache.Directives) {
	synctest.Wait() // what ends in this very instant has ended
	m.mu.Lock()
	calls, before, flying := m.calls, time.Now(), m.flying
	m.mu.Unlock()
	a, err := m.cache.Get(context.Background(), june(), d)
	now := time.Now()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if d.OnlyIfCached && m.calls != calls {
		m.t.Fatalf("only-if-cached asked Rocket")
	}
	if m.calls > calls+1 {
		m.t.Fatalf("%d calls for one question", m.calls-calls)
	}
	if err != nil {
		if !m.down && !d.OnlyIfCached {
			m.t.Fatalf("Rocket works, and yet %v", err)
		}
		if m.last.After(m.hard) && now.Sub(m.last) < modelFresh+modelSIE {
			m.t.Fatalf("%v, although what Rocket gave at %s could have stood in", err, m.last)
		}
		return
	}
	version, _ := strconv.Atoi(strings.Trim(string(a.Entry.Body), "[]"))
	fetched, known := m.given[version]
	age := now.Sub(a.Entry.FetchedAt)
	switch {
	case !known || a.Entry.FetchedAt.After(fetched):
		m.t.Fatalf("version %d of %s was never given", version, a.Entry.FetchedAt)
	case age < 0:
		m.t.Fatalf("age %s", age)
	case a.Status.Hit && a.Status.TTL > 0 && (age >= modelFresh || !a.Entry.FetchedAt.After(m.soft)):
		m.t.Fatalf("%s for what is %s old, purged at %s", a.Status, age, m.soft)
	case !m.hard.IsZero() && !a.Entry.FetchedAt.After(m.hard) && m.hard.Before(before):
		m.t.Fatalf("%s of before the hard purge at %s", a.Entry.FetchedAt, m.hard)
	case a.Status.Hit && a.Status.TTL < 0 && !d.OnlyIfCached && m.calls == calls && flying == 0 && now.Sub(m.failed) > 10*time.Second:
		m.t.Fatalf("%s, and no refresh behind it", a.Status)
	case age > modelFresh+modelSIE:
		m.t.Fatalf("an answer %s old", age)
	case a.Status.Hit != (a.Status.Fwd == ""):
		m.t.Fatalf("%s is a hit and forwarded", a.Status)
	case d.NoCache && !m.down && m.slow < 2*time.Second && now.Sub(m.failed) > 10*time.Second && age > 30*time.Second && a.Status.Fwd != cache.FwdRequest && a.Status.TTL >= 0:
		m.t.Fatalf("no-cache got %s, %s old", a.Status, age)
	}
}

// TestModel walks at random through time, failures, purges and directives.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			until("2025-06-02T09:00:00Z")
			m := &model{t: rt, given: map[int]time.Time{}}
			o := options(nil)
			o.Origin = m
			o.Policy.StaleWhileRevalidate, o.Policy.StaleIfError, o.RefreshFloor = modelSWR, modelSIE, 30*time.Second
			c, err := cache.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close(context.Background()) }()
			m.cache = c
			for range rapid.IntRange(1, 40).Draw(rt, "steps") {
				m.step(rt)
			}
			time.Sleep(time.Minute) // what goes on behind ends
		})
	})
}

func (m *model) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *model) step(rt *rapid.T) {
	switch rapid.SampledFrom([]string{"get", "get", "get", "no-cache", "only", "wait", "wait", "break", "mend", "change", "soft", "hard"}).Draw(rt, "step") {
	case "get":
		m.ask(cache.Directives{})
	case "no-cache":
		m.ask(cache.Directives{NoCache: true})
	case "only":
		m.ask(cache.Directives{OnlyIfCached: true})
	case "wait":
		time.Sleep(time.Duration(rapid.SampledFrom([]int{1, 5, 29, 31, 120, 301, 700, 1000, 4000}).Draw(rt, "seconds")) * time.Second)
	case "break":
		m.set(func() { m.down, m.slow = true, time.Duration(rapid.IntRange(0, 4).Draw(rt, "slow"))*time.Second })
	case "mend":
		m.set(func() { m.down, m.slow = false, time.Duration(rapid.IntRange(0, 4).Draw(rt, "slow"))*time.Second })
	case "change":
		m.set(func() { m.version++ })
	case "soft", "hard":
		time.Sleep(5 * time.Second) // no fetch is under way
		hard := rapid.Bool().Draw(rt, "hard")
		_ = m.cache.Purge(context.Background(), cache.Purge{All: true, Hard: hard})
		m.set(func() {
			m.soft = time.Now()
			if hard {
				m.hard = time.Now()
			}
		})
		time.Sleep(time.Millisecond)
	}
}
