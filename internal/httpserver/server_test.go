package httpserver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const writeTimeout = time.Minute

// limited runs a server in a synctest bubble, where every deadline is exact. The connections are in memory.
func limited(t *testing.T, maxConnections int, handler http.HandlerFunc, happens func(dial func() net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := New(Options{
			Handler: handler, MaxConnections: maxConnections, WriteTimeout: writeTimeout, Log: slog.New(slog.DiscardHandler),
		})
		listener := newPipeListener()
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		happens(func() net.Conn {
			c, err := listener.DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			return c
		})
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		synctest.Wait()
		if n := len(server.limiter); n > 0 {
			t.Errorf("%d connections still count after their end", n)
		}
	})
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// Whatever a client is slow with, the server closes the connection at the deadline.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	for _, tt := range []struct {
		name     string
		at, slow string // sent at once, and a byte each second
		limit    time.Duration
		served   bool
	}{
		{"sends nothing at all", "", "", readHeaderTimeout, false},
		{"sends its header byte by byte", "", "GET / HTTP/1.1\r\nHost: " + long, readHeaderTimeout, false},
		{
			"sends its body byte by byte", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", long,
			readTimeout, true,
		},
		{"is idle after a response", request, "", idleTimeout, true},
		{"sends its second header byte by byte", request + "GET ", "/ HTTP/1.1\r\nHost: " + long, readHeaderTimeout, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drain := func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				hello(w, r)
			}
			limited(t, 10, drain, func(dial func() net.Conn) {
				c, begun := dial(), time.Now()
				var sender sync.WaitGroup
				sender.Go(func() { sendSlowly(c, tt.at, tt.slow) })
				received, _ := io.ReadAll(c) // until the server closes the connection, one way or another
				if took, want := time.Since(begun), tt.limit; took != want {
					t.Errorf("the connection was closed after %s, want %s", took, want)
				}
				sender.Wait()
				if served := bytes.HasPrefix(received, []byte("HTTP/1.1 200 ")); served != tt.served {
					t.Errorf("the server sent %.100q", received)
				}
			})
		})
	}
}

func sendSlowly(c net.Conn, at, slow string) {
	_, _ = io.WriteString(c, at)
	for i := range slow {
		if _, err := c.Write([]byte{slow[i]}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// A client that reads nothing frees the handler that writes to it.
func TestAClientThatDoesNotReadFreesItsHandler(t *testing.T) {
	t.Parallel()
	var freed chan error // of the bubble
	write := func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 1<<20))
		freed <- err
	}
	limited(t, 10, write, func(dial func() net.Conn) {
		freed = make(chan error, 1)
		begun := time.Now()
		fmt.Fprint(dial(), request)
		if err := <-freed; err == nil || time.Since(begun) != writeTimeout {
			t.Errorf("it was freed after %s, with %v, want %s", time.Since(begun), err, writeTimeout)
		}
	})
}

// A client that connects while the server is full waits, and is served when another leaves, here because it sent nothing for too long.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	limited(t, 2, hello, func(dial func() net.Conn) {
		silent := []net.Conn{dial(), dial()}
		synctest.Wait()
		begun := time.Now()
		late := dial()
		fmt.Fprint(late, request)
		resp, err := http.ReadResponse(bufio.NewReader(late), nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		if took := time.Since(begun); took != readHeaderTimeout {
			t.Errorf("the third was served after %s, want %s", took, readHeaderTimeout)
		}
		for _, c := range silent {
			if b, err := io.ReadAll(c); err != nil {
				t.Errorf("a silent client got %q, %v", b, err)
			}
		}
	})
}

// A server that is full can be closed, and no connection counts after its end.
func TestAFullServerCanBeClosed(t *testing.T) {
	t.Parallel()
	limited(t, 3, hello, func(dial func() net.Conn) {
		for range 5 {
			dial()
		}
		synctest.Wait()
	})
}

func TestMaxConnections(t *testing.T) {
	t.Parallel()
	for files, want := range map[uint64]int{0: 0, 100: 50, 256: 128, 512: 256, 1024: 768, 10_256: 10_000, 1 << 20: 10_000, unlimited: 10_000} {
		if got := maxConnectionsFor(files); got != want {
			t.Errorf("maxConnectionsFor(%d) is %d, want %d", files, got, want)
		}
	}
}
