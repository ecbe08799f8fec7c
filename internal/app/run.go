package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// writeSlack is the time to send a response, beyond the wait for Rocket.
const writeSlack = 30 * time.Second

// listen opens both listeners and names each address that is taken.
func (g *App) listen(listen func(network, address string) (net.Listener, error)) error {
	var apiErr, adminErr error
	if g.apiListener, apiErr = listen("tcp", g.config.ListenAddr); apiErr != nil {
		apiErr = fmt.Errorf("LISTEN_ADDR: %w", apiErr)
	}
	if g.adminListener, adminErr = listen("tcp", g.config.AdminAddr); adminErr != nil {
		adminErr = fmt.Errorf("ADMIN_ADDR: %w", adminErr)
	}
	return errors.Join(apiErr, adminErr)
}

// Run serves until ctx ends, then drains: readiness goes down, the API's listener stays open for the delay, requests in flight end, and
// what they fetched is stored. Changed settings are applied until no request needs them any more. At the end everything is closed.
func (g *App) Run(ctx context.Context) (err error) {
	s := &servers{}
	s.api = g.httpServer(httpserver.Options{
		Handler: s.drain.Handler(g.api), MaxConnections: httpserver.MaxConnections(), Certificate: g.certificate,
	})
	s.admin = g.httpServer(httpserver.Options{Handler: g.admin(&s.drain)})
	failed := make(chan error, 2)
	go func() { failed <- s.api.Serve(g.apiListener) }()
	go func() { failed <- s.admin.Serve(g.adminListener) }()
	stopReloading := start(g.reloader.watch)
	g.log.Info("serving", "api", g.Addr().String(), "admin", g.AdminAddr().String(), "version", g.version)

	select {
	case err = <-failed:
	case <-ctx.Done():
		s.drain.Begin()
		g.log.Info("draining", "delay", g.config.ShutdownDelay.String(), "timeout", g.config.ShutdownTimeout.String())
		time.Sleep(g.config.ShutdownDelay)
	}
	g.closing.Do(func() { g.shutdown(s, stopReloading) })
	return err
}

// servers are what serves the two listeners.
type servers struct {
	api, admin *httpserver.Server
	drain      httpserver.Drain // of api
}

func (g *App) httpServer(o httpserver.Options) *httpserver.Server {
	o.MaxHeaderBytes, o.WriteTimeout, o.Log = handlers.MaxHeaderBytes, g.config.RocketTimeout+writeSlack, g.log
	return httpserver.New(o)
}

// start runs background until stop is called, which waits for its end until the context ends: reading a file may hang.
func start(background func(context.Context)) (stop func(context.Context)) {
	running, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		background(running)
	}()
	return func(ctx context.Context) {
		end()
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
}

func (g *App) admin(drain *httpserver.Drain) http.Handler {
	unready := func() (reason string) {
		switch {
		case drain.Begun():
			return "draining"
		case g.auth != nil && !g.auth.current.Load().Ready():
			return "waiting for the issuer's keys"
		default:
			return ""
		}
	}
	o := admin.Options{
		Registry: g.registry, Ready: unready, Pprof: g.config.AdminPprof, Audit: telemetry.Always(g.log),
		Resolve: g.server.Resolve, Purge: g.cache.Purge, BasePath: g.config.PublicBasePath,
	}
	if g.auth != nil {
		o.Auth = countingVerifier{g.auth, g.server}
	}
	return admin.Handler(o)
}
