package upstream_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		response response
		status   int // that Rocket returned
		sent     int // net/http itself sends a query once more if a connection is closed before any response
	}{
		"before the response":    {hangUp, 0, 4},
		"in a body with length":  {hangUpAfter(100, `[{"id":"a"}`), 200, 3},
		"in a chunked body":      {hangUpAfter(0, `[{"id":"a"}`), 200, 3},
		"after what looks whole": {hangUpAfter(100, `[]`), 200, 3},
		"in a gzip body":         {raw(gzipHeader + "Content-Length: 100\r\n\r\n" + string(zip([]byte("[]"))[:20])), 200, 3},
		"in gzip until close":    {raw(gzipHeader + "\r\n" + string(zip([]byte("[]"))[:20])), 200, 3},
		"not HTTP":               {raw("SSH-2.0-OpenSSH_9.9\r\n"), 0, 3},
		"a very long header":     {raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + strings.Repeat("x", 100_000) + "\r\n\r\n[]"), 0, 3},
		"broken chunk":           {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]"), 200, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, test.response)
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, fault.UpstreamError, test.status)
			r.wantCounts(t, 1, test.sent)
		})
	}
}

const gzipHeader = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"

// A host that responds does not fail, whatever its bodies are.
func TestInvalidGzipOpensNoBreaker(t *testing.T) {
	for name, body := range map[string][]byte{"no gzip": []byte("[]"), "damaged": damaged(zip([]byte("[]"))), "cut": zip([]byte("[]"))[:20]} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, encoded("gzip", body))
			o, now := options(t, r.URL), time.Now()
			o.Now = func() time.Time { return now }
			c := connect(t, o)
			for range 5 {
				_, err := fetch(t, c, usages(t))
				wantFault(t, err, fault.UpstreamInvalidResponse, 200)
				now = now.Add(time.Second)
			}
			if failing, _ := c.Failing(); failing {
				t.Error("Rocket counts as failing")
			}
			r.wantCounts(t, 1, 5)
		})
	}
}

// raw writes bytes past net/http and closes the connection.
func raw(text string) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		conn, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = out.WriteString(text)
		_ = out.Flush()
		_ = conn.Close()
	}
}

func TestUnreachable(t *testing.T) {
	r := start(t, nil, returns("[]"))
	r.Close()
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	wantFault(t, err, fault.UpstreamError, 0)
}

func TestServerThatComesBackIsUsedAgain(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 2 {
			hangUp(w, r, n)
		}
		returns("[]")(w, r, n)
	})
	c := connect(t, options(t, r.URL))
	for range 3 { // the second is sent again on a new connection, and no caller notices
		mustFetch(t, c)
	}
	r.wantCounts(t, 1, 4)
}

func TestQueriesEndAtTheirDeadline(t *testing.T) {
	for name, test := range map[string]struct {
		response response
		status   int
	}{
		"no response":        {never, 0},
		"a body that stalls": {stall(200, `[{"id":`), 200},
		"a body that drips":  {drip, 200},
		"a response in time": {nil, 0}, // the deadline is past before the query is sent
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, test.response)
			life := 300 * time.Millisecond
			if test.response == nil {
				r.data, life = returns("[]"), 0
			}
			ctx, cancel := context.WithTimeout(t.Context(), life)
			defer cancel()
			_, err := connect(t, options(t, r.URL)).Fetch(ctx, usages(t), requested)
			wantFault(t, err, fault.UpstreamTimeout, test.status)
		})
	}
}

// stall sends a part of the body and then nothing.
func stall(status int, part string) response {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(part))
		_ = http.NewResponseController(w).Flush()
		never(w, r, n)
	}
}

// A deadline ends one query; the slot and the token stay good for the next.
func TestTimeoutReleasesTheSlot(t *testing.T) {
	var healthy atomic.Bool
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		if !healthy.Load() {
			never(w, r, n)
			return
		}
		returns("[]")(w, r, n)
	})
	o := options(t, r.URL)
	o.MaxConcurrent = 1
	c := connect(t, o)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := c.Fetch(ctx, usages(t), requested)
		cancel()
		wantFault(t, err, fault.UpstreamTimeout, 0)
	}
	healthy.Store(true)
	mustFetch(t, c)
}

func TestCancelledQueryReleasesItsSlot(t *testing.T) {
	arrived := make(chan struct{})
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			close(arrived)
			never(w, r, n)
			return
		}
		returns("[]")(w, r, n)
	})
	o := options(t, r.URL)
	o.MaxConcurrent = 1
	c := connect(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := c.Fetch(ctx, usages(t), requested)
	wantFault(t, err, fault.UpstreamTimeout, 0)
	mustFetch(t, c)
}

// The end of an error page does not matter, so the client does not wait for it.
func TestErrorPagesThatStall(t *testing.T) {
	tests := map[int]fault.Kind{
		201: fault.UpstreamInvalidResponse, 401: fault.UpstreamCredentials, 422: fault.UpstreamRejected, 500: fault.UpstreamError,
	}
	for status, kind := range tests {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			r := start(t, nil, stall(status, "<html>"))
			_, err := connect(t, options(t, r.URL)).Fetch(t.Context(), usages(t), requested) // without a deadline
			wantFault(t, err, kind, status)
		})
	}
}
