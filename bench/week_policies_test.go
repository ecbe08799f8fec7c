package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// served is what a caller got.
type served struct {
	status int
	body   []byte
}

// policy is one replica of a cache in front of Rocket.
type policy interface{ serve(v visit) served }

// fetchTimeout is how long every policy waits for Rocket.
const fetchTimeout = 30 * time.Second

// plain is no cache: it has its own token and sends every request to Rocket.
type plain struct {
	rocket *weekRocket

	mu      sync.Mutex
	expires time.Time // guarded by mu: of the token
	pending chan struct{}
}

func (p *plain) serve(v visit) served {
	q := meaning(v)
	return p.fetch(&q)
}

// meaning returns the canonical query of a visit, narrowed to its tenant.
func meaning(v visit) query.Query {
	q, err := query.Parse(query.EndpointNamed(v.path), query.Azure, v.raw, v.at)
	if err != nil {
		panic(err)
	}
	if v.tenant >= 0 {
		q.CustomerID, q.Cost = tenantID(v.tenant), "customers"
	}
	return q.Complete()
}

func (p *plain) fetch(q *query.Query) served {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	if !p.loggedIn(ctx) {
		return served{status: http.StatusBadGateway}
	}
	path := "/" + q.Endpoint.Name
	body, status := p.rocket.query(ctx, path, string(q.Start), string(q.End), q.CustomerID)
	if status == 0 {
		status = http.StatusGatewayTimeout
	}
	return served{status, body}
}

// loggedIn logs in once for all callers that wait, and reports whether there is a token.
func (p *plain) loggedIn(ctx context.Context) bool {
	p.mu.Lock()
	if time.Now().Before(p.expires) {
		p.mu.Unlock()
		return true
	}
	pending := p.pending
	if pending != nil {
		p.mu.Unlock()
		<-pending
		p.mu.Lock()
		defer p.mu.Unlock()
		return time.Now().Before(p.expires)
	}
	pending = make(chan struct{})
	p.pending = pending
	p.mu.Unlock()
	expires, status := p.rocket.logIn(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = nil
	close(pending)
	if status == http.StatusOK {
		p.expires = expires
	}
	return status == http.StatusOK
}

// fixed is a cache with one lifetime for everything, by the canonical query.
type fixed struct {
	plain
	life time.Duration

	kept sync.Map // of query.Key to kept
}

type kept struct {
	served
	until time.Time
}

func (f *fixed) serve(v visit) served {
	q := meaning(v)
	key := q.Key()
	if there, ok := f.kept.Load(key); ok && time.Now().Before(there.(kept).until) {
		return there.(kept).served
	}
	got := f.fetch(&q)
	if got.status == http.StatusOK {
		f.kept.Store(key, kept{got, time.Now().Add(f.life)})
	}
	return got
}
