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
func (a *App) listen(listen func(network, address string) (net.Listener, error)) error {
	var apiErr, adminErr error
	if a.apiListener, apiErr = listen("tcp", a.config.ListenAddr); apiErr != nil {
		apiErr = fmt.Errorf("LISTEN_ADDR: %w", apiErr)
	}
	if a.adminListener, adminErr = listen("tcp", a.config.AdminAddr); adminErr != nil {
		adminErr = fmt.Errorf("ADMIN_ADDR: %w", adminErr)
	}
	return errors.Join(apiErr, adminErr)
}

// Run serves until ctx ends, then drains: readiness goes down, the API's listener stays open for the delay, requests in flight end, and
// what they fetched is stored. Changed settings are applied until no request needs them any more. At the end everything is closed.
func (a *App) Run(ctx context.Context) (err error) {
	s := &servers{}
	s.api = a.httpServer(httpserver.Options{
		Handler: s.drain.Handler(a.api), MaxConnections: httpserver.MaxConnections(), Certificate: a.certificate,
	})
	s.admin = a.httpServer(httpserver.Options{Handler: a.admin(&s.drain)})
	failed := make(chan error, 2)
	go func() { failed <- s.api.Serve(a.apiListener) }()
	go func() { failed <- s.admin.Serve(a.adminListener) }()
	stopReloading := start(a.reloader.watch)
	a.log.Info("serving", "api", a.Addr().String(), "admin", a.AdminAddr().String(), "version", a.version)

	select {
	case err = <-failed:
	case <-ctx.Done():
		s.drain.Begin()
		a.log.Info("draining", "delay", a.config.ShutdownDelay.String(), "timeout", a.config.ShutdownTimeout.String())
		time.Sleep(a.config.ShutdownDelay)
	}
	a.closing.Do(func() { a.shutdown(s, stopReloading) })
	return err
}

// servers are what serves the two listeners.
type servers struct {
	api, admin *httpserver.Server
	drain      httpserver.Drain // of api
}

func (a *App) httpServer(o httpserver.Options) *httpserver.Server {
	o.MaxHeaderBytes, o.WriteTimeout, o.Log = handlers.MaxHeaderBytes, a.config.RocketTimeout+writeSlack, a.log
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

func (a *App) admin(drain *httpserver.Drain) http.Handler {
	unready := func() (reason string) {
		switch {
		case drain.Begun():
			return "draining"
		case a.auth != nil && !a.auth.current.Load().Ready():
			return "waiting for the issuer's keys"
		default:
			return ""
		}
	}
	o := admin.Options{
		Registry: a.registry, Ready: unready, Pprof: a.config.AdminPprof, Audit: telemetry.Always(a.log),
		Resolve: a.server.Resolve, Purge: a.cache.Purge, BasePath: a.config.PublicBasePath,
	}
	if a.auth != nil {
		o.Auth = countingVerifier{a.auth, a.server}
	}
	return admin.Handler(o)
}
