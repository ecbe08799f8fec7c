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

// wantConnections sends so many queries one after another, whatever the response, and counts the TCP connections. net/http drops a connection
// whose response is there while the report of the request's end is late by 50 ms, as on a busy machine: one in ten may be.
func wantConnections(t *testing.T, r *rocket, questions int, want int32) {
	t.Helper()
	c := connect(t, options(t, r.URL))
	for range questions {
		_, _ = fetch(t, c, usages(t))
	}
	if n := r.connections.Load(); n < want || n > want+int32(questions/10) {
		t.Errorf("%d connections, want %d", n, want)
	}
}

func TestQuestionsAndLoginShareOneConnection(t *testing.T) {
	r := start(t, nil, says("[]"))
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
	r := start(t, nil, says("[]"))
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

// crowd counts the questions that the server works on. Each stays until the test releases it.
type crowd struct {
	arrived, release chan struct{}
	now, most        atomic.Int32
}

func newCrowd() *crowd { return &crowd{arrived: make(chan struct{}), release: make(chan struct{})} }

func (c *crowd) answer(w http.ResponseWriter, r *http.Request, n int) {
	now := c.now.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	c.arrived <- struct{}{}
	<-c.release
	c.now.Add(-1) // before the answer goes out, which lets the next question in
	says("[]")(w, r, n)
}

// askers sends questions at the same time and gives their errors as they come.
func askers(t *testing.T, c *upstream.Client, questions int) (errs <-chan error, wait func()) {
	t.Helper()
	found := make(chan error, questions)
	var all sync.WaitGroup
	for range questions {
		all.Go(func() {
			_, err := fetch(t, c, usages(t))
			found <- err
		})
	}
	return found, all.Wait
}

func TestNoMoreQuestionsInFlightThanAllowed(t *testing.T) {
	server := newCrowd()
	r := start(t, nil, server.answer)
	o := options(t, r.URL)
	o.MaxConcurrent = 4
	errs, wait := askers(t, connect(t, o), 10)
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
		t.Errorf("%d questions were in flight at once, want 4", most)
	}
	r.wantCounts(t, 1, 10)
}

func TestQuestionsWithoutAPlaceAreRefused(t *testing.T) {
	server := newCrowd()
	r := start(t, nil, server.answer)
	o := options(t, r.URL)
	o.MaxConcurrent, o.QueueWait = 4, time.Millisecond
	c := connect(t, o)
	_, wait := askers(t, c, 4)
	for range 4 {
		<-server.arrived
	}
	for i := range 6 {
		_, err := fetch(t, c, usages(t))
		if e := wantFault(t, err, fault.UpstreamUnavailable, 0); e.RetryAfter <= 0 {
			t.Error("question", i, "is not told when to come again")
		}
	}
	close(server.release)
	wait()
	r.wantCounts(t, 1, 4)
}
