package e2e_test

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

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// A delay that no test sees the end of: what happens in the delay cannot come too late.
const endlessDelay = "SHUTDOWN_DELAY=1h"

// wire is a persistent connection of a client that never retries.
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

// ask sends a request with header lines and reads the whole response.
func (w *wire) ask(header ...string) (*http.Response, error) {
	_ = w.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(w, "GET %s HTTP/1.1\r\n%s\r\n\r\n", usagesPath, strings.Join(append(header, "Host: x"), "\r\n"))
	resp, err := http.ReadResponse(w.in, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	return resp, err
}

func (p *transcript) awaitDrain() {
	p.t.Helper()
	p.awaitLine(`"draining"`)
}

// From SIGTERM until the end of the delay the gateway is not ready, lives, and serves.
func TestInTheDelay(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serveProcess(t, rocket, endlessDelay)
	if a := get(t, g.admin+"/readyz"); a.StatusCode != http.StatusOK {
		t.Fatalf("readyz %d", a.StatusCode)
	}
	g.signal(syscall.SIGTERM)
	g.awaitDrain()
	for url, want := range map[string]int{
		g.admin + "/readyz": 503, g.admin + "/livez": 200, g.api + usagesPath: 200, g.api + "/v1/azure/usages?x=1": 400,
	} {
		if a := get(t, url); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", url, a.StatusCode, want)
		}
	}
}

// After the delay the listener is closed, requests in flight end, and what they fetched is in Redis.
func TestSIGTERMLosesNothing(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			rocket, url := standGated(t)
			store := testkit.StartRedis(t)
			env := []string{"REDIS_URL=" + store.URL(), "SHUTDOWN_TIMEOUT=1h"}
			client := &http.Client{Timeout: patience}
			if protocol == "HTTP/2.0" {
				cert, key, pool := certificate(t)
				env = append(env, "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key)
				client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
			}
			g := serve(t, url, env...)
			inFlight := make(chan string, 1)
			go func() {
				resp, err := client.Get(g.api + usagesPath)
				if err != nil {
					inFlight <- err.Error()
					return
				}
				_, err = io.Copy(io.Discard, resp.Body)
				inFlight <- fmt.Sprintln(resp.StatusCode, resp.Proto, resp.Header.Get("Cache-Status"), err)
			}()
			rocket.awaitPosts(t, 1)
			g.signal(syscall.SIGTERM)
			testkit.Until(t, "the listener is closed", func() bool { return !accepts(g) })
			for path, want := range map[string]int{"/livez": 200, "/metrics": 200, "/readyz": 503} {
				if a := get(t, g.admin+path); a.StatusCode != want {
					t.Errorf("%s is %d while requests end, want %d", path, a.StatusCode, want)
				}
			}
			rocket.open()
			if status := g.status(); status != 0 {
				t.Errorf("exit status %d, want 0", status)
			}
			if got, want := <-inFlight, "200 "+protocol+" rocket-gateway; fwd=miss; fwd-status=200; stored <nil>\n"; got != want {
				t.Errorf("the request in flight got %s, want %s", got, want)
			}
			db := redis.NewClient(&redis.Options{Addr: store.Address})
			defer func() { _ = db.Close() }()
			if entries := db.Keys(t.Context(), "*e2:*").Val(); len(entries) != 1 {
				t.Errorf("entries %q in Redis, want 1", entries)
			}
		})
	}
}

// accepts reports whether the gateway accepts connections to the API.
func accepts(g *gateway) bool {
	_, address, _ := strings.Cut(g.api, "://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// In the drain, clients with persistent connections, which no balancer moves, are asked to leave by the next response, and lose none.
func TestClientsAreAskedToLeaveWhileDraining(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serveProcess(t, rocket, endlessDelay)
	get(t, g.api+usagesPath)
	idle := dial(t, g)
	if resp, err := idle.ask(); err != nil || resp.Close {
		t.Fatalf("before the drain: %v, close %t", err, resp.Close)
	}
	var clients sync.WaitGroup
	var served atomic.Int64
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
				served.Add(1)
			}
		})
	}
	testkit.Until(t, "the clients are served", func() bool { return served.Load() > 200 })
	g.signal(syscall.SIGTERM)
	clients.Wait()
	if resp, err := idle.ask(); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("on a connection that was idle when the drain began: %+v, %v", resp, err)
	}
	if resp, err := dial(t, g).ask(); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("on a new connection: %+v, %v", resp, err)
	}
}

// HTTP/2 has GOAWAY for that: requests in flight on the connection end, and the next go over another one.
func TestHTTP2ClientsAreAskedToLeaveWhileDraining(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	cert, key, pool := certificate(t)
	g := serveProcess(t, url, "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key, endlessDelay, "ROCKET_TIMEOUT=1h")
	client := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	var dialled atomic.Int32
	want := func(path string) {
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
			if !c.Reused {
				dialled.Add(1)
			}
		}})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.api+path, nil)
		if err != nil {
			t.Error(err)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		if _, err = io.Copy(io.Discard, resp.Body); resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || err != nil {
			t.Errorf("%s: %s %s, %v", path, resp.Proto, resp.Status, err)
		}
	}
	const cheap = "/openapi.yaml"
	want(cheap)
	var inFlight sync.WaitGroup
	inFlight.Go(func() { want(usagesPath + "&customer_id=before-the-drain") })
	rocket.awaitPosts(t, 1)
	g.signal(syscall.SIGTERM)
	g.awaitDrain()
	before := dialled.Load()
	for n := range 10 {
		inFlight.Go(func() { want(fmt.Sprintf("%s&customer_id=in-the-drain-%d", usagesPath, n)) })
		for range 5 {
			want(cheap)
		}
	}
	if dialled.Load() == before {
		t.Error("all requests went over the old connection")
	}
	rocket.awaitPosts(t, 11)
	rocket.open()
	inFlight.Wait()
}
