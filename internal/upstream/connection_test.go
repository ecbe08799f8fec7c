package upstream_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// wantConnections sends so many queries one after another, whatever the response, and counts the TCP connections. net/http drops a
// connection whose response arrives while the report of the request's end is late by 50 ms, as on a busy machine: one in ten may
// be.
func wantConnections(t *testing.T, r *rocket, queries int, want int32) {
	t.Helper()
	c := connect(t, options(t, r.URL))
	for range queries {
		_, _ = fetch(t, c, usages(t))
	}
	if n := r.connections.Load(); n < want || n > want+int32(queries/10) {
		t.Errorf("%d connections, want %d", n, want)
	}
}

func TestQueriesAndLoginShareOneConnection(t *testing.T) {
	r := start(t, nil, returns("[]"))
	wantConnections(t, r, 50, 1)
	r.wantCounts(t, 1, 50)
}

func TestFailuresKeepTheConnection(t *testing.T) {
	t.Parallel()
	for _, status := range []int{201, 302, 400, 401, 403, 422, 429, 500, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			wantConnections(t, start(t, nil, responds(status)), 20, 1)
		})
	}
}

func TestCloseDropsTheConnection(t *testing.T) {
	r := start(t, nil, returns("[]"))
	c := connect(t, options(t, r.URL))
	mustFetch(t, c)
	c.Close()
	c.Transport.Close()
	select {
	case <-r.disconnected:
	case <-time.After(patience):
		t.Error("the connection is still open")
	}
}

// gate counts the queries that the server works on. Each waits until the test releases it.
type gate struct {
	arrived, release chan struct{}
	now, most        atomic.Int32
}

func newGate() *gate { return &gate{arrived: make(chan struct{}), release: make(chan struct{})} }

func (c *gate) response(w http.ResponseWriter, r *http.Request, n int) {
	now := c.now.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	c.arrived <- struct{}{}
	<-c.release
	c.now.Add(-1) // before the response, which frees the slot for the next query
	returns("[]")(w, r, n)
}

// fetchers sends queries at the same time and sends their errors as they come.
func fetchers(t *testing.T, c *upstream.Client, queries int) (errs <-chan error, wait func()) {
	t.Helper()
	found := make(chan error, queries)
	var all sync.WaitGroup
	for range queries {
		all.Go(func() {
			_, err := fetch(t, c, usages(t))
			found <- err
		})
	}
	return found, all.Wait
}

func TestNoMoreQueriesInFlightThanAllowed(t *testing.T) {
	server := newGate()
	r := start(t, nil, server.response)
	o := options(t, r.URL)
	o.MaxConcurrent = 4
	errs, wait := fetchers(t, connect(t, o), 10)
	for range 4 {
		<-server.arrived
	}
	for i := range 10 {
		server.release <- struct{}{}
		if i < 6 {
			<-server.arrived
		}
	}
	wait()
	for range 10 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most := server.most.Load(); most != 4 {
		t.Errorf("%d queries were in flight at once, want 4", most)
	}
	r.wantCounts(t, 1, 10)
}

func TestQueriesWithoutASlotAreRefused(t *testing.T) {
	server := newGate()
	r := start(t, nil, server.response)
	o := options(t, r.URL)
	o.MaxConcurrent, o.QueueWait = 4, time.Millisecond
	c := connect(t, o)
	_, wait := fetchers(t, c, 4)
	for range 4 {
		<-server.arrived
	}
	for i := range 6 {
		_, err := fetch(t, c, usages(t))
		if e := wantFault(t, err, fault.UpstreamUnavailable, 0); e.RetryAfter <= 0 {
			t.Error("query", i, "has no Retry-After")
		}
	}
	close(server.release)
	wait()
	r.wantCounts(t, 1, 4)
}
