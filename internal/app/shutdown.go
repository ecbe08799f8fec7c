package app

import (
	"context"
	"net"
	"time"
)

// tracesTimeout bounds the wait for a collector that does not respond: it must not delay what callers depend on.
const tracesTimeout = 2 * time.Second

// reserve is the end of SHUTDOWN_TIMEOUT. What has not ended before is cancelled then, and its callers get a response.
func reserve(timeout time.Duration) time.Duration { return min(time.Second, timeout/5) }

// shutdown ends everything within SHUTDOWN_TIMEOUT. Requests that take longer are cut off, which is no error of the process.
func (g *App) shutdown(s *servers, stopReloading func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), g.config.ShutdownTimeout)
	defer cancel()
	g.finishRequests(ctx, s)
	settled, cancel := context.WithTimeout(ctx, reserve(g.config.ShutdownTimeout)/8) // the rest is for the last traces
	defer cancel()
	stopReloading(settled)
	g.release(ctx)
	_ = s.admin.Close()
	g.log.Info("ended")
}

// finishRequests waits for the requests in flight and their fetches. In the reserve it cancels the fetches, which sends responses to
// the callers that wait for them, and then cuts the connections of clients that do not read their responses.
func (g *App) finishRequests(ctx context.Context, s *servers) {
	s.drain.Begin()
	rest := reserve(g.config.ShutdownTimeout)
	patience, cancel := context.WithTimeout(ctx, g.config.ShutdownTimeout-rest)
	defer cancel()
	if err := s.api.Shutdown(patience); err != nil {
		g.log.Warn("some requests did not end in time", "error", err)
	}
	if err := g.cache.Close(patience); err != nil {
		g.log.Warn("some fetches did not end in time", "error", err)
	}
	served, cancel := context.WithTimeout(ctx, rest/2)
	defer cancel()
	_ = s.api.Shutdown(served)
	_ = s.api.Close()
	logged, cancel := context.WithTimeout(ctx, rest/4)
	defer cancel()
	s.drain.Wait(logged)
}

// Close releases what New has opened, if Run has not done so. It may be called at any time after Run, or without it.
func (g *App) Close() {
	g.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), g.config.ShutdownTimeout)
		defer cancel()
		if g.cache != nil {
			_ = g.cache.Close(ctx)
		}
		g.release(ctx)
		for _, l := range []net.Listener{g.apiListener, g.adminListener} {
			if l != nil {
				_ = l.Close()
			}
		}
	})
}

// release closes everything but the cache, as far as it was built.
func (g *App) release(ctx context.Context) {
	if g.pool != nil {
		g.pool.Close()
	}
	if g.auth != nil {
		g.auth.current.Load().Close()
	}
	if g.rocket != nil {
		g.rocket.Close()
	}
	if g.redis != nil {
		_ = g.redis.Close()
	}
	g.flushTraces(ctx)
}

func (g *App) flushTraces(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, tracesTimeout)
	defer cancel()
	if err := g.traces.Close(ctx); err != nil {
		g.log.Warn("the last traces were not sent", "error", err)
	}
}
