package httpserver

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Drain ends the requests of a server without losing one. The zero Drain has not begun.
type Drain struct {
	begun  atomic.Bool
	active atomic.Int64 // requests in a handler
}

// Begin starts the drain.
func (d *Drain) Begin() { d.begun.Store(true) }

// Begun reports whether the drain has begun.
func (d *Drain) Begun() bool { return d.begun.Load() }

// Handler wraps next: once the drain has begun, each response asks its client to close the connection, by Connection: close, or by the
// GOAWAY that net/http makes of it in HTTP/2. Idle connections stay open until the listener is closed: a request may be on its way
// on any of them, and would be lost.
func (d *Drain) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.active.Add(1)
		defer d.active.Add(-1)
		if d.begun.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// Wait returns once no handler has a request, or the context ends.
func (d *Drain) Wait(ctx context.Context) {
	const interval = 5 * time.Millisecond
	for d.active.Load() > 0 && ctx.Err() == nil {
		time.Sleep(interval)
	}
}
