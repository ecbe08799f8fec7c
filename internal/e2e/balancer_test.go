//go:build chaos

package e2e_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// balancer is a load balancer as users have them: it keeps connections to its members, asks each ten times a second whether it is
// ready, and sends no more to one that is not. It never tries a request twice: one that fails is seen to fail.
type balancer struct {
	url     string
	members []*member
	turn    atomic.Uint64
}

type member struct {
	api, admin *url.URL
	ready      atomic.Bool
}

const healthInterval = 100 * time.Millisecond

// balance starts one in front of the replicas.
func balance(t *testing.T, replicas []*gateway) *balancer {
	t.Helper()
	b := &balancer{}
	for _, r := range replicas {
		b.members = append(b.members, &member{api: parse(t, r.api), admin: parse(t, r.admin)})
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 200}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(b.next().api)
		r.Out.Body = once()
	}}
	server := httptest.NewServer(proxy)
	b.url = server.URL
	ctx, stop := context.WithCancel(context.Background())
	var checks sync.WaitGroup
	for _, m := range b.members {
		checks.Go(func() { m.watch(ctx) })
	}
	t.Cleanup(func() {
		server.Close()
		stop()
		checks.Wait()
		transport.CloseIdleConnections()
	})
	for _, m := range b.members {
		m.await(t)
	}
	return b
}

// once is an empty body that cannot be read twice. net/http's client sends a GET without a body again where a connection turns out
// to be closed; one with it is lost, as with any client that does not try again.
func once() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// next returns a member that is ready, in turn; any where none is.
func (b *balancer) next() *member {
	for range b.members {
		if m := b.members[b.turn.Add(1)%uint64(len(b.members))]; m.ready.Load() {
			return m
		}
	}
	return b.members[0]
}

func (m *member) watch(ctx context.Context) {
	client := &http.Client{Timeout: 5 * healthInterval, Transport: &http.Transport{DisableKeepAlives: true}}
	ticker := time.NewTicker(healthInterval)
	defer ticker.Stop()
	for {
		resp, err := client.Get(m.admin.String() + "/readyz")
		m.ready.Store(err == nil && resp.StatusCode == http.StatusOK)
		if err == nil {
			_ = resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (m *member) await(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); !m.ready.Load(); time.Sleep(healthInterval / 10) {
		if time.Now().After(end) {
			t.Fatalf("%s never gets ready", m.api)
		}
	}
}

// fixedAddress returns a loopback address that a process can listen on again after a restart: its port is none that an outgoing
// connection gets meanwhile.
func fixedAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.N(10_000)))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
