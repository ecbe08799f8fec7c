package handlers_test

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// discards has the API write its log and audit to nowhere, at the cost of encoding it.
func discards(o *handlers.Options) { o.Log = slog.New(slog.NewJSONHandler(discard{}, nil)) }

// caller is a client on one connection that allocates nothing.
type caller struct {
	t       testing.TB
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

// callerOf connects a client of a handler, on a connection as httpserver has them.
func callerOf(t testing.TB, h http.Handler, target string, header ...string) *caller {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ConnContext: httpserver.CorkContext, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(httpserver.CorkListener{Listener: listener}) }()
	t.Cleanup(func() { _ = server.Close() })
	c := &caller{t: t, request: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: x\r\nX-Request-Id: one\r\n", target)}
	for i := 0; i < len(header); i += 2 {
		c.request = fmt.Appendf(c.request, "%s: %s\r\n", header[i], header[i+1])
	}
	c.request = append(c.request, "\r\n"...)
	if c.conn, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.conn.Close() })
	c.in = bufio.NewReaderSize(c.conn, 64<<10)
	return c
}

var lengthField = []byte("Content-Length: ")

// call sends the request, reads the response, and returns the bytes of its header.
func (c *caller) call() (header int) {
	body := 0
	if _, err := c.conn.Write(c.request); err != nil {
		c.t.Fatal(err)
	}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			c.t.Fatal(err)
		}
		header += len(line)
		if length, ok := bytes.CutPrefix(line, lengthField); ok {
			body, _ = strconv.Atoi(string(bytes.TrimSpace(length)))
		}
		if len(line) == len("\r\n") {
			break
		}
	}
	if _, err := c.in.Discard(body); err != nil {
		c.t.Fatal(err)
	}
	return header
}

// bare is the least that net/http can do with a body.
func bare(body []byte) http.Handler {
	length := []string{strconv.Itoa(len(body))}
	kind := []string{"application/json"}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Length"], w.Header()["Content-Type"] = length, kind
		_, _ = w.Write(body)
	})
}

// costs are the hits whose cost is bounded, by a caller with a token, with audit and access log.
func costs(t testing.TB) (plain *caller, hits map[string]*caller) {
	a := newAPI(t, discards, withAudit, withTokens(t))
	a.responds(manyRows())
	ana := []string{"Authorization", "Bearer " + a.person("ana", distributors("*")).token}
	bia := []string{"Authorization", "Bearer " + a.person("bia", customers("c-2", "c-3")).token}
	return callerOf(t, bare([]byte(manyRows())), usages), map[string]*caller{
		"identity": callerOf(t, a.handler, usages, ana...),
		"gzip":     callerOf(t, a.handler, usages, append(ana, "Accept-Encoding", "gzip")...),
		"304":      callerOf(t, a.handler, usages, append(ana, "If-None-Match", "*")...),
		"filtered": callerOf(t, a.handler, usages+"&view=customers", bia...),
	}
}

// TestAllocationsOfAHit has the exact number of allocations of the handler. A change that needs more must be worth them.
func TestAllocationsOfAHit(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	a := newAPI(t, discards, withAudit, withTokens(t))
	a.responds(manyRows())
	for name, c := range map[string]struct {
		by     profile
		target string
		header []string
		want   float64
	}{
		"identity": {distributors("*"), usages, nil, 7},
		"gzip":     {distributors("*"), usages, []string{"Accept-Encoding", "gzip"}, 7},
		"304":      {distributors("*"), usages, []string{"If-None-Match", "*"}, 7},
		"filtered": {customers("c-2", "c-3"), usages + "&view=customers", nil, 7},
	} {
		r := httptest.NewRequest(http.MethodGet, c.target, nil)
		r = r.WithContext(httpserver.CorkContext(t.Context(), new(httpserver.CorkedConn)))
		for i, header := 0, append(c.header, "Authorization", "Bearer "+a.person("ana", c.by).token); i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		h := http.Header{}
		hit := func() {
			clear(h)
			a.handler.ServeHTTP(discard{h}, r)
		}
		hit() // the miss
		if n := testing.AllocsPerRun(1000, hit); n != c.want {
			t.Errorf("%s: %v allocations, want %v", name, n, c.want)
		}
	}
}

// TestHeaderBytesOfAHit has the exact size of a response without its body.
func TestHeaderBytesOfAHit(t *testing.T) {
	_, hits := costs(t)
	for name, want := range map[string]int{"identity": 676, "gzip": 699, "304": 631, "filtered": 672} {
		hits[name].call()
		if got := hits[name].call(); got != want {
			t.Errorf("%s: a header of %d bytes, want %d", name, got, want)
		}
	}
}

// TestSystemCallsOfAHit bounds the calls that write, of client and server.
func TestSystemCallsOfAHit(t *testing.T) {
	if _, err := os.Stat("/proc/self/io"); err != nil {
		t.Skip("the system does not count them")
	}
	_, hits := costs(t)
	for name, c := range hits {
		c.call()
		const requests = 200
		before := writes(t)
		for range requests {
			c.call()
		}
		if n := writes(t) - before; n > 2*requests+requests/10 {
			t.Errorf("%s: %d calls for %d requests and their responses", name, n, requests)
		}
	}
}

// writes returns how often this process has called the system to write.
func writes(t testing.TB) (n int) {
	content, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(content, []byte("syscw: "))
	_, _ = fmt.Sscan(string(rest), &n)
	return n
}

// BenchmarkConnection is a hit over a connection, beside the least that net/http can do.
func BenchmarkConnection(b *testing.B) {
	plain, hits := costs(b)
	hits["bare net/http"] = plain
	for name, c := range hits {
		b.Run(name, func(b *testing.B) {
			c.call()
			b.ReportAllocs()
			for b.Loop() {
				c.call()
			}
		})
	}
}
