package main_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// wire is a kept-alive connection of a client that never sends anything twice.
type wire struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, g *gateway) *wire {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(g.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &wire{c, bufio.NewReader(c)}
}

// ask sends the question and reads the whole answer.
func (w *wire) ask() (*http.Response, error) {
	_ = w.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(w, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", question)
	resp, err := http.ReadResponse(w.in, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	return resp, err
}

func (p *process) awaitDrain() {
	p.t.Helper()
	p.await(func(line string) (string, bool) { return line, strings.Contains(line, `"draining"`) })
}

// Clients that keep connections and see no balancer are told to leave with the first answer, and lose none.
func TestClientsAreToldToLeaveWhileDraining(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serve(t, rocket, "SHUTDOWN_DELAY=1s")
	get(t, g.api+question)
	idle := dial(t, g)
	if resp, err := idle.ask(); err != nil || resp.Close {
		t.Fatalf("before the drain: %v, close %t", err, resp.Close)
	}
	var clients sync.WaitGroup
	for range 20 {
		l := dial(t, g)
		clients.Go(func() {
			for {
				resp, err := l.ask()
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Errorf("a request is lost: %v", err)
					return
				}
				if resp.Close {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	g.signal(syscall.SIGTERM)
	clients.Wait()
	time.Sleep(200 * time.Millisecond)
	if resp, err := idle.ask(); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("on a connection that was idle when the drain began: %+v, %v", resp, err)
	}
	if resp, err := dial(t, g).ask(); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("on a new connection: %+v, %v", resp, err)
	}
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}

// In HTTP/2 the word is GOAWAY: what is under way on the connection ends, and what comes next goes over another one.
func TestHTTP2ClientsAreToldToLeaveWhileDraining(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Latency = 1500 * time.Millisecond })
	cert, key, pool := certificate(t)
	g := serve(t, rocket, "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key, "SHUTDOWN_DELAY=1s")
	client := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	var dialled atomic.Int32
	send := func(path string) (status int, err error) {
		req, err := http.NewRequest(http.MethodGet, g.api+path, nil)
		if err != nil {
			return 0, err
		}
		resp, err := client.Do(req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) {
				if !c.Reused {
					dialled.Add(1)
				}
			},
		})))
		if err != nil {
			return 0, err
		}
		defer func() { _ = resp.Body.Close() }()
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, err
	}
	want := func(path string) {
		if status, err := send(path); status != http.StatusOK || err != nil {
			t.Errorf("%s: %d, %v", path, status, err)
		}
	}
	want(question)
	var clients sync.WaitGroup
	clients.Go(func() { want(question + "&customer_id=before-the-drain") })
	time.Sleep(200 * time.Millisecond)
	g.signal(syscall.SIGTERM)
	g.awaitDrain()
	before := dialled.Load()
	for n := range 10 {
		clients.Go(func() { want(fmt.Sprintf("%s&customer_id=in-the-drain-%d", question, n)) })
		for range 5 {
			want(question)
		}
	}
	if dialled.Load() == before {
		t.Error("all went on over the old connection")
	}
	clients.Wait()
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}
