package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// gateway is one in process: handlers over a cache over the client of Rocket's simulator, all of it over HTTP.
type gateway struct {
	*api
	url     string
	client  *http.Client
	respond http.HandlerFunc // for the simulator, to queries; nil: it responds itself
	timeout time.Duration    // of a query
}

func startGateway(t *testing.T, change ...func(*handlers.Options)) *gateway {
	t.Helper()
	return startGatewayOf(t, 12, change...)
}

// startGatewayOf starts a gateway in front of a simulator with so many customers of each provider.
func startGatewayOf(t *testing.T, customers int, change ...func(*handlers.Options)) *gateway {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	g := &gateway{api: newAPI(t, change...), client: client, timeout: time.Minute}
	sim := rocketsim.New(rocketsim.Options{Username: "u", Password: "p", Customers: customers, Now: g.now})
	rocket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.respond != nil && r.URL.Path != "/api/v4/auth/login" {
			_, _ = io.Copy(io.Discard, r.Body) // so that the server notices a client that leaves
			g.respond(w, r)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(rocket.Close)
	transport, err := upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: 8, QueueWait: time.Minute, Timeout: time.Minute, MaxResponseBytes: 32 << 20, Now: g.now, Log: g.log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	base, err := url.Parse(rocket.URL)
	if err != nil {
		t.Fatal(err)
	}
	rocketClient := upstream.New(upstream.Options{
		Account: upstream.Account{Name: "a", Base: base, Username: "u", Password: "p"}, Transport: transport,
	})
	t.Cleanup(rocketClient.Close)
	g.rocket = func(q *query.Query) ([]byte, error) {
		ctx, cancel := context.WithTimeout(context.Background(), g.timeout)
		defer cancel()
		return rocketClient.Fetch(ctx, q, nil)
	}
	server := httptest.NewServer(g.handler)
	t.Cleanup(server.Close)
	t.Cleanup(g.client.CloseIdleConnections)
	g.url = server.URL
	return g
}

// send sends a request with header lines given as name, value, name, value, …
func (g *gateway) send(method, target string, header ...string) (*http.Response, string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+target, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp, body(g.t, resp)
}
