package app

import (
	"context"
	"net"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// tracesTimeout bounds the wait for a collector that does not respond: it must not delay what callers depend on.
const tracesTimeout = 2 * time.Second

// reserve is the end of SHUTDOWN_TIMEOUT. What has not ended before is cancelled then, and its callers get a response.
func reserve(timeout time.Duration) time.Duration { return min(time.Second, timeout/5) }

// shutdown ends everything within SHUTDOWN_TIMEOUT. Requests that take longer are cut off, which is no error of the process.
func (a *App) shutdown(s *servers, stopReloading func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), a.config.ShutdownTimeout)
	defer cancel()
	a.finishRequests(ctx, s)
	settled, cancel := context.WithTimeout(ctx, reserve(a.config.ShutdownTimeout)/8) // the rest is for the last traces
	defer cancel()
	stopReloading(settled)
	a.release(ctx)
	_ = s.admin.Close()
	a.log.Info("ended")
}

// finishRequests waits for the requests in flight and their fetches. In the reserve it cancels the fetches, which sends responses to
// the callers that wait for them, and then cuts the connections of clients that do not read their responses.
func (a *App) finishRequests(ctx context.Context, s *servers) {
	telemetry.StopHolding(a.log)
	s.drain.Begin()
	rest := reserve(a.config.ShutdownTimeout)
	patience, cancel := context.WithTimeout(ctx, a.config.ShutdownTimeout-rest)
	defer cancel()
	if err := s.api.Shutdown(patience); err != nil {
		a.log.Warn("requests cancelled at the end of the shutdown", "error", err)
	}
	if err := a.cache.Close(patience); err != nil {
		a.log.Warn("fetches cancelled at the end of the shutdown", "error", err)
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
func (a *App) Close() {
	a.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), a.config.ShutdownTimeout)
		defer cancel()
		if a.cache != nil {
			_ = a.cache.Close(ctx)
		}
		a.release(ctx)
		for _, l := range []net.Listener{a.apiListener, a.adminListener} {
			if l != nil {
				_ = l.Close()
			}
		}
	})
}

// release closes everything but the cache, as far as it was built.
func (a *App) release(ctx context.Context) {
	if a.pool != nil {
		a.pool.Close()
	}
	if a.auth != nil {
		a.auth.current.Load().Close()
	}
	if a.login != nil {
		a.login.Close()
	}
	if a.rocket != nil {
		a.rocket.Close()
	}
	if a.redis != nil {
		_ = a.redis.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, tracesTimeout)
	defer cancel()
	if err := a.traces.Close(ctx); err != nil {
		a.log.Warn("last traces not sent", "error", err)
	}
}
