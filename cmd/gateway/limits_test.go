package main

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

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// limited runs a server with the gateway's limits in a synctest bubble, where every limit is exact. The connections are in memory.
func limited(t *testing.T, most int, handler http.HandlerFunc, happens func(dial func() net.Conn, l limits)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := (&gateway{config: &config.Config{RocketTimeout: 30 * time.Second}}).limits()
		server := l.server(handler, slog.New(slog.DiscardHandler))
		listener, among := testkit.NewPipeListener(), newCrowd(most)
		server.ConnState = among.watch
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(among.door(listener)) }()
		happens(func() net.Conn {
			c, err := listener.DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}, l)
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		synctest.Wait()
		if n := len(among.places); n > 0 {
			t.Errorf("%d places are never given back", n)
		}
	})
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// Whatever a client is slow with, the server closes the connection at the limit.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	for _, tt := range []struct {
		name     string
		at, slow string // sent at once, and a byte each second
		limit    func(l limits) time.Duration
		answered bool
	}{
		{"sends nothing at all", "", "", func(l limits) time.Duration { return l.header }, false},
		{"sends its header byte by byte", "", "GET / HTTP/1.1\r\nHost: " + long, func(l limits) time.Duration { return l.header }, false},
		{
			"sends its body byte by byte", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", long,
			func(l limits) time.Duration { return l.read }, true,
		},
		{"is idle after a response", request, "", func(l limits) time.Duration { return l.idle }, true},
		{"sends its second header byte by byte", request + "GET ", "/ HTTP/1.1\r\nHost: " + long, func(l limits) time.Duration { return l.header }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drain := func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				hello(w, r)
			}
			limited(t, 10, drain, func(dial func() net.Conn, l limits) {
				c, begun := dial(), time.Now()
				var sender sync.WaitGroup
				sender.Go(func() { sendSlowly(c, tt.at, tt.slow) })
				received, _ := io.ReadAll(c) // until the server closes the connection, one way or another
				if took, want := time.Since(begun), tt.limit(l); took != want {
					t.Errorf("the connection was closed after %s, want %s", took, want)
				}
				sender.Wait()
				if answered := bytes.HasPrefix(received, []byte("HTTP/1.1 200 ")); answered != tt.answered {
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
	limited(t, 10, write, func(dial func() net.Conn, l limits) {
		freed = make(chan error, 1)
		begun := time.Now()
		fmt.Fprint(dial(), request)
		if err := <-freed; err == nil || time.Since(begun) != l.write {
			t.Errorf("it was freed after %s, with %v, want %s", time.Since(begun), err, l.write)
		}
	})
}

// A client that connects while the server is full waits, and is served when another leaves, here because it sent nothing for too long.
func TestACrowdIsBounded(t *testing.T) {
	t.Parallel()
	limited(t, 2, hello, func(dial func() net.Conn, l limits) {
		silent := []net.Conn{dial(), dial()}
		synctest.Wait()
		begun := time.Now()
		late := dial()
		fmt.Fprint(late, request)
		resp, err := http.ReadResponse(bufio.NewReader(late), nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		if took := time.Since(begun); took != l.header {
			t.Errorf("the third was served after %s, want %s", took, l.header)
		}
		for _, c := range silent {
			if b, err := io.ReadAll(c); err != nil {
				t.Errorf("a silent client got %q, %v", b, err)
			}
		}
	})
}

// A server that is full can be closed, and every place is given back.
func TestAFullCrowdCanBeClosed(t *testing.T) {
	t.Parallel()
	limited(t, 3, hello, func(dial func() net.Conn, _ limits) {
		for range 5 {
			dial()
		}
		synctest.Wait()
	})
}

func TestRoomFor(t *testing.T) {
	t.Parallel()
	for files, want := range map[uint64]int{0: 0, 100: 50, 256: 128, 512: 256, 1024: 768, 10_256: 10_000, 1 << 20: 10_000, unlimited: 10_000} {
		if got := roomFor(files); got != want {
			t.Errorf("roomFor(%d) is %d, want %d", files, got, want)
		}
	}
}
