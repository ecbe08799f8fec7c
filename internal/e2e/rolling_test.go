//go:build chaos

package e2e_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var rollingRows = []row{{"rolling restart of three replicas", rollingRestart}}

const (
	smallQuery = hot
	largeQuery = hot + "&customer_id=large"
	largeBody  = 100_000
)

// rollingRestart replaces three replicas behind a load balancer one after another under load. No request fails, a query is fetched
// once, and the new replicas do not log in.
func rollingRestart(t *trial) {
	redisURL := testkit.StartRedis(t).URL()
	start := func(api, admin string) *gateway {
		return serveProcess(t.T, t.rocket.url, "LISTEN_ADDR="+api, "ADMIN_ADDR="+admin, "REDIS_URL="+redisURL,
			"TOKEN_ENCRYPTION_KEYS="+sealKeys, "SHUTDOWN_DELAY=1s")
	}
	for range 3 {
		t.replicas = append(t.replicas, start(fixedAddress(t.T), fixedAddress(t.T)))
	}
	t.rocket.slow(300 * time.Millisecond)
	size := func(filters map[string]string) int {
		if filters["customer_id"] == "large" {
			return largeBody
		}
		return 0
	}
	t.rocket.size.Store(&size)
	lb := balance(t.T, t.replicas)
	l := &rolling{trial: t, base: lb.url}
	stop := l.start(100)
	for i, m := range lb.members {
		t.awaitMore(500)
		t.replicas[i].stop()
		t.replicas[i] = start(m.api.Host, m.admin.Host)
		m.await(t.T)
	}
	t.awaitMore(500)
	stop()
	t.wantNoFailure()
	t.wantPosts(l.queries.Load() + 2)
	t.wantLoginsAtMost(1)
}

// awaitMore waits until n more requests have got their responses.
func (t *trial) awaitMore(n int) {
	t.Helper()
	done := len(t.callers.list())
	t.await("further requests", func() bool { return len(t.callers.list()) >= done+n })
}

// rolling is the load of a rolling restart.
type rolling struct {
	*trial
	base    string
	queries atomic.Int64 // new ones so far
}

// start has callers of four kinds send requests until stop: hits, misses, large responses, and revalidations.
func (l *rolling) start(callers int) (stop func()) {
	etags := make([]string, callers)
	pauses := make([]*rand.Rand, callers)
	for c := range pauses {
		pauses[c] = rand.New(rand.NewPCG(*seed, uint64(c)))
	}
	return l.repeat(callers, 0, func(c, _ int) {
		switch c % 4 {
		case 0:
			l.request(smallQuery, "", 0)
		case 1:
			l.request(cold("q", int(l.queries.Add(1))), "", 0)
		case 2:
			l.request(largeQuery, "", largeBody)
		case 3:
			etags[c] = l.request(smallQuery, etags[c], 0)
		}
		time.Sleep(time.Duration(50+pauses[c].IntN(100)) * time.Millisecond)
	})
}

// request sends one request, once: a whole response is a success, and nothing else. It returns the response's ETag.
func (l *rolling) request(query, etag string, least int) string {
	s := result{url: l.base + query, begun: time.Now()}
	req, err := http.NewRequest(http.MethodGet, s.url, once())
	if err != nil {
		panic(err)
	}
	want := http.StatusOK
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
		want = http.StatusNotModified
	}
	resp, err := l.client.Do(req)
	if s.err = err; err == nil {
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		etag = resp.Header.Get("ETag")
		s.cache = strconv.Itoa(resp.StatusCode) + " " + resp.Header.Get("Cache-Status")
		if s.err = err; err == nil && resp.StatusCode == want && len(body) >= least {
			s.status = http.StatusOK
		}
	}
	s.took = time.Since(s.begun)
	l.callers.add(s)
	return etag
}
