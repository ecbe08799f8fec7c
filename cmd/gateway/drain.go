package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// drain is how requests come to an end after a signal.
type drain struct {
	begun   atomic.Bool
	serving atomic.Int64 // requests in the hands of a handler
}

// handler has clients leave from the beginning of the drain on: with its answer, each is told to send no more on its connection, by
// Connection: close, or by the GOAWAY that net/http makes of it in HTTP/2. Idle connections stay open until the port is closed:
// a request may be on its way on any of them, and would be lost.
func (d *drain) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.serving.Add(1)
		defer d.serving.Add(-1)
		if d.begun.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// idle waits until no handler has a request, or the context ends.
func (d *drain) idle(ctx context.Context) {
	const look = 5 * time.Millisecond
	for d.serving.Load() > 0 && ctx.Err() == nil {
		time.Sleep(look)
	}
}

// handOver is the end of SHUTDOWN_TIMEOUT, which is kept for what has not ended by then: it is given up, and told so.
func handOver(timeout time.Duration) time.Duration { return min(time.Second, timeout/5) }

// finish has requests in flight and fetches end. At the last moment fetches are given up, which answers those who wait for them,
// and then the connections of clients who do not read their answers are cut. whole ends with SHUTDOWN_TIMEOUT.
func (g *gateway) finish(whole context.Context, api *http.Server, d *drain) {
	d.begun.Store(true)
	reserve := handOver(g.config.ShutdownTimeout)
	patience, cancel := context.WithTimeout(whole, g.config.ShutdownTimeout-reserve)
	defer cancel()
	if err := api.Shutdown(patience); err != nil {
		g.log.Warn("some requests did not end in time", "error", err)
	}
	if err := g.cache.Close(patience); err != nil {
		g.log.Warn("some fetches did not end in time", "error", err)
	}
	answered, cancel := context.WithTimeout(whole, reserve/2)
	defer cancel()
	_ = api.Shutdown(answered)
	_ = api.Close()
	logged, cancel := context.WithTimeout(whole, reserve/4)
	defer cancel()
	d.idle(logged)
}
