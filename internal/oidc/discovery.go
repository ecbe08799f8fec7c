package oidc

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	minBackoff = time.Second // after a failure; it doubles with each
	maxBackoff = 30 * time.Second
)

// Options are what a Discovery needs.
type Options struct {
	Issuer string // as the issuer writes it itself; a final slash makes no difference
	Log    *slog.Logger
}

// Discovery is the search for the endpoints of an issuer, in the background until it succeeds.
type Discovery struct {
	issuer  issuer
	log     *slog.Logger
	found   atomic.Pointer[Endpoints]
	end     context.CancelFunc
	running sync.WaitGroup
}

// Discover begins to look for the endpoints of an issuer, and returns at once.
func Discover(o Options) *Discovery {
	life, end := context.WithCancel(context.Background())
	d := &Discovery{issuer: newIssuer(o.Issuer), log: o.Log, end: end}
	d.running.Go(func() { d.run(life) })
	return d
}

// Endpoints returns the endpoints, or nil until they are known.
func (d *Discovery) Endpoints() *Endpoints { return d.found.Load() }

// Close ends the search and waits for its end.
func (d *Discovery) Close() {
	d.end()
	d.running.Wait()
}

// run tries until it succeeds. It logs the first failure and each other one.
func (d *Discovery) run(ctx context.Context) {
	last := ""
	for backoff := minBackoff; ; backoff = min(2*backoff, maxBackoff) {
		found, err := d.issuer.discover(ctx)
		if err == nil {
			d.found.Store(found)
			d.log.Info("issuer of the docs' login discovered", "token_endpoint", found.Token)
			return
		}
		if ctx.Err() != nil {
			return
		}
		if err.Error() != last {
			last = err.Error()
			d.log.Warn("issuer of the docs' login not discovered, trying again", "error", last)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
	}
}
