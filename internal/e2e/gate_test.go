package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// gate is a Rocket that holds requests for usages while the gate is shut, so that a test decides when they end.
type gate struct {
	rocket *rocketsim.Server
	posts  atomic.Int64 // requests for usages so far

	mu     sync.Mutex
	opened chan struct{} // guarded by mu: closed while the gate is open
}

// standGated starts a Rocket with a gate, which is shut.
func standGated(t *testing.T) (*gate, string) {
	t.Helper()
	g := &gate{rocket: simulator(), opened: make(chan struct{})}
	return g, listen(t, g)
}

func (g *gate) logins() int { return g.rocket.Counts().Logins }

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opened)
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
}

// ServeHTTP holds a request until the gate is open or its client has gone.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/usages") {
		body, _ := io.ReadAll(r.Body) // net/http notices that a client has gone only after the body
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		g.posts.Add(1)
		select {
		case <-opened:
		case <-r.Context().Done():
			return
		}
	}
	g.rocket.ServeHTTP(w, r)
}

// awaitPosts waits until so many requests for usages have come.
func (g *gate) awaitPosts(t *testing.T, n int64) {
	t.Helper()
	testkit.Until(t, "Rocket has got the request", func() bool { return g.posts.Load() >= n })
}
