package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// hasty are limits that a test can wait for.
var hasty = limits{header: 300 * time.Millisecond, read: 600 * time.Millisecond, write: time.Second, idle: 400 * time.Millisecond}

// serveHastily serves for the test, and gives the address.
func serveHastily(t *testing.T, most int, handler http.HandlerFunc) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := hasty.server(handler, slog.New(slog.DiscardHandler))
	among := newCrowd(most)
	server.ConnState = among.watch
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(among.door(listener)) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; err != http.ErrServerClosed { //nolint:errorlint // it is that one
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

// Whatever a client is slow with, the server ends the connection, not long after the limit and not before.
func TestSlowClientsAreCutOff(t *testing.T) {
	slow := func(c net.Conn, text string) {
		for i := range text {
			if _, err := c.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	long := strings.Repeat("x", 1000)
	for _, tt := range []struct {
		name     string
		send     func(c net.Conn)
		limit    time.Duration
		answered bool
	}{
		{"says nothing at all", func(net.Conn) {}, hasty.header, false},
		{"sends its header byte by byte", func(c net.Conn) { slow(c, "GET / HTTP/1.1\r\nHost: "+long) }, hasty.header, false},
		{"sends its body byte by byte", func(c net.Conn) {
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
			slow(c, long)
		}, hasty.read, true},
		{"is idle after an answer", func(c net.Conn) { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }, hasty.idle, true},
		{"sends its second header byte by byte", func(c net.Conn) {
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			slow(c, "GET / HTTP/1.1\r\nHost: "+long)
		}, hasty.header, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := serveHastily(t, 10, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				hello(w, r)
			})
			c := connect(t, address)
			begun := time.Now()
			go tt.send(c)
			said, _ := io.ReadAll(c) // until the server ends it, one way or another
			took := time.Since(begun)
			if took < tt.limit-50*time.Millisecond || took > tt.limit+2*time.Second {
				t.Errorf("the connection was ended after %s, want %s", took, tt.limit)
			}
			if answered := bytes.HasPrefix(said, []byte("HTTP/1.1 200 ")); answered != tt.answered {
				t.Errorf("the server said %.100q", said)
			}
		})
	}
}

// A client that reads nothing frees the handler that writes to it.
func TestAClientThatDoesNotReadFreesItsHandler(t *testing.T) {
	freed := make(chan error, 1)
	address := serveHastily(t, 10, func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 64<<20)) // more than the kernel keeps
		freed <- err
	})
	begun := time.Now()
	fmt.Fprint(connect(t, address), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case err := <-freed:
		if took := time.Since(begun); err == nil || took > hasty.write+2*time.Second {
			t.Errorf("it was freed after %s, with %v", took, err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it never was")
	}
}

// Who comes when the crowd is full waits, and is served when another leaves, here because it said nothing for too long.
func TestACrowdIsBounded(t *testing.T) {
	address := serveHastily(t, 2, hello)
	silent := []net.Conn{connect(t, address), connect(t, address)}
	time.Sleep(50 * time.Millisecond) // they are in
	begun := time.Now()
	late := connect(t, address)
	fmt.Fprint(late, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(late), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	if took := time.Since(begun); took < hasty.header/2 {
		t.Errorf("the third was served after %s, while two were there", took)
	}
	for _, c := range silent {
		if b, err := io.ReadAll(c); err != nil {
			t.Errorf("who said nothing got %q, %v", b, err)
		}
	}
}

// A server that is full can be closed, and every place is given back.
func TestAFullCrowdCanBeClosed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	among := newCrowd(3)
	server := &http.Server{Handler: http.HandlerFunc(hello), ConnState: among.watch, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(among.door(listener)) }()
	for range 5 {
		connect(t, listener.Addr().String())
	}
	for len(among.places) < 3 {
		time.Sleep(time.Millisecond)
	}
	_ = server.Close()
	if err := <-ended; err != http.ErrServerClosed { //nolint:errorlint // it is that one
		t.Error(err)
	}
	for deadline := time.Now().Add(20 * time.Second); len(among.places) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d places are never given back", len(among.places))
		}
	}
}

func TestRoomFor(t *testing.T) {
	for files, want := range map[uint64]int{0: 0, 100: 50, 256: 128, 512: 256, 1024: 768, 10_256: 10_000, 1 << 20: 10_000, unlimited: 10_000} {
		if got := roomFor(files); got != want {
			t.Errorf("roomFor(%d) is %d, want %d", files, got, want)
		}
	}
}
