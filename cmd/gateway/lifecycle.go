package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/onewrite"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// tracesTimeout bounds the wait for a collector that does not respond.
const tracesTimeout = 2 * time.Second

// ports are the open listeners.
type ports struct{ api, admin net.Listener }

// listen opens both ports, or neither, and names each that is taken.
func listen(apiAddress, adminAddress string) (ports, error) {
	api, err := net.Listen("tcp", apiAddress)
	if err != nil {
		err = fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	adminPort, adminErr := net.Listen("tcp", adminAddress)
	if adminErr != nil {
		adminErr = fmt.Errorf("ADMIN_ADDR: %w", adminErr)
	}
	if err = errors.Join(err, adminErr); err == nil {
		return ports{api, adminPort}, nil
	}
	for _, l := range []net.Listener{api, adminPort} {
		if l != nil {
			_ = l.Close()
		}
	}
	return ports{}, err
}

// run serves until ctx ends, then drains: readiness goes down, the port stays open for the delay, requests in flight end,
// and what they fetched is stored. background runs beside, until nobody leans on the gateway any more.
func (g *gateway) run(ctx context.Context, p ports, background func(context.Context)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var d drain
	api := g.limits().server(d.handler(g.api), g.log)
	side := g.limits().server(g.admin(&d), g.log)
	stop := beside(background)
	failed := make(chan error, 2)
	go func() { failed <- g.serveAPI(api, p.api) }()
	go func() { failed <- side.Serve(p.admin) }()
	g.log.Info("serving", "api", p.api.Addr().String(), "admin", p.admin.Addr().String(), "version", buildVersion())

	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		d.begun.Store(true)
		g.log.Info("draining", "delay", g.config.ShutdownDelay.String(), "timeout", g.config.ShutdownTimeout.String())
		time.Sleep(g.config.ShutdownDelay)
	}
	return errors.Join(err, g.shutdown(api, side, &d, stop))
}

// beside runs something until stop is called, which waits for its end for as long as the context lets it: a file may hang.
func beside(background func(context.Context)) (stop func(context.Context)) {
	life, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		background(life)
	}()
	return func(ctx context.Context) {
		end()
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
}

func (g *gateway) admin(d *drain) http.Handler {
	unready := func() (reason string) {
		switch {
		case d.begun.Load():
			return "draining"
		case g.auth != nil && !g.auth.current.Load().Ready():
			return "waiting for the issuer's keys"
		default:
			return ""
		}
	}
	o := admin.Options{
		Registry: g.metrics.Registry, Ready: unready, Pprof: g.config.AdminPprof, Audit: telemetry.Always(g.log),
		Resolve: g.server.Resolve, Purge: g.purge, BasePath: g.config.PublicBasePath,
	}
	if g.auth != nil {
		o.Auth = countingVerifier{g.auth, g.server}
	}
	return admin.Handler(o)
}

func (g *gateway) purge(ctx context.Context, p cache.Purge) error {
	err := g.cache.Purge(ctx, p)
	g.metrics.Purge(p.Hard, !errors.Is(err, cache.ErrNotShared))
	return err
}

// flushTraces gives a collector that does not answer little time: nothing that callers lean on waits there.
func (g *gateway) flushTraces(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, tracesTimeout)
	defer cancel()
	if err := g.traces.Close(ctx); err != nil {
		g.log.Warn("the last traces were not taken", "error", err)
	}
}

func (g *gateway) serveAPI(api *http.Server, listener net.Listener) error {
	among := newCrowd(roomFor(openFiles()))
	listener, api.ConnState = among.door(listener), among.watch
	if g.certificate == nil {
		api.ConnContext = onewrite.Context
		return api.Serve(onewrite.Listener{Listener: listener})
	}
	api.TLSConfig.GetCertificate = g.certificate.get
	return api.ServeTLS(listener, "", "")
}

// shutdown ends what is left within the timeout. Requests that take longer are cut off; that is no fault of the process.
func (g *gateway) shutdown(api, side *http.Server, d *drain, stop func(context.Context)) error {
	ctx, cancel := context.WithTimeout(context.Background(), g.config.ShutdownTimeout)
	defer cancel()
	g.finish(ctx, api, d)
	settled, cancel := context.WithTimeout(ctx, handOver(g.config.ShutdownTimeout)/8) // the rest is for the last traces
	defer cancel()
	stop(settled)
	g.roster.Load().clients.Close()
	if g.auth != nil {
		g.auth.current.Load().Close()
	}
	g.line.Close()
	if g.redis != nil {
		_ = g.redis.Close()
	}
	g.flushTraces(ctx)
	_ = side.Close()
	g.log.Info("ended")
	return nil
}
