//go:build chaos

package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// result is what one request brought.
type result struct {
	url    string
	begun  time.Time
	took   time.Duration
	status int    // 0: no whole response
	cache  string // Cache-Status without the name of the cache
	number int64  // of the body, see rocket
	err    error
}

func (s result) failed() bool { return s.status != http.StatusOK }

// fresh reports whether a tier had a fresh entry.
func (s result) fresh() bool { return strings.HasPrefix(s.cache, "hit; ttl=") && !s.stale() }

// stale reports whether a stale entry was served at once.
func (s result) stale() bool { return strings.HasPrefix(s.cache, "hit; ttl=-") }

// shared reports whether another replica's entry was read from Redis.
func (s result) shared() bool { return s.fresh() && strings.HasSuffix(s.cache, "detail=redis") }

func (s result) String() string {
	return fmt.Sprintf("%s: %d %q after %s (%v)", s.url, s.status, s.cache, round(s.took), s.err)
}

// results collects the results of several callers.
type results struct {
	mu  sync.Mutex
	all []result // guarded by mu
}

func (s *results) add(one result) result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, one)
	return one
}

func (s *results) list() []result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

func (s *results) where(holds func(result) bool) []result {
	return slices.DeleteFunc(s.list(), func(one result) bool { return !holds(one) })
}

// percentile returns a percentile of the times that the results took, 0 if there are none.
func percentile(of []result, percent int) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(of), func(a, b result) int { return int(a.took - b.took) })
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].took
}

func newClient(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 2000}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: 3 * patience, Transport: transport}
}

// get sends a request that must succeed.
func (t *trial) get(url string) result { return t.callers.add(t.send(url)) }

// run has each of some callers send some requests, one after another.
func (t *trial) run(callers, times int, url func(caller, n int) string) {
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := range times {
				t.get(url(c, n))
			}
		})
	}
	all.Wait()
}

// repeat has callers call f until stop, which waits for them, or the end of the row, each with a pause between its calls.
func (t *trial) repeat(callers int, pause time.Duration, f func(caller, n int)) (stop func()) {
	end := make(chan struct{})
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := 0; ; n++ {
				f(c, n)
				select {
				case <-end:
					return
				case <-time.After(pause):
				}
			}
		})
	}
	stop = sync.OnceFunc(func() {
		close(end)
		all.Wait()
	})
	t.Cleanup(stop)
	return stop
}
