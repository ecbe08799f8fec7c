package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// writeSlack is the time to send a response, beyond the wait for Rocket.
const writeSlack = 30 * time.Second

// listen opens both listeners. Its error names each address that is taken; a listener that it opened nevertheless is returned, too.
func listen(c *config.Config, open func(network, address string) (net.Listener, error)) (api, admin net.Listener, err error) {
	api, apiErr := open("tcp", c.ListenAddr)
	if apiErr != nil {
		apiErr = fmt.Errorf("LISTEN_ADDR: %w", apiErr)
	}
	admin, adminErr := open("tcp", c.AdminAddr)
	if adminErr != nil {
		adminErr = fmt.Errorf("ADMIN_ADDR: %w", adminErr)
	}
	return api, admin, errors.Join(apiErr, adminErr)
}

// Run serves until ctx ends, then drains: readiness goes down, the API's listener stays open for the delay, requests in flight end, and
// what they fetched is stored. Changed settings are applied until no request needs them any more. At the end everything is closed.
func (a *App) Run(ctx context.Context) (err error) {
	s := newServers(a)
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

func newServers(a *App) *servers {
	s := &servers{}
	o := httpserver.Options{MaxHeaderBytes: handlers.MaxHeaderBytes, WriteTimeout: a.config.RocketTimeout + writeSlack, Log: a.log}
	o.Handler = a.admin(&s.drain)
	s.admin = httpserver.New(o)
	o.Handler, o.MaxConnections, o.Certificate = s.drain.Handler(a.api), httpserver.MaxConnections(), a.certificate
	s.api = httpserver.New(o)
	return s
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
		Registry: a.registry, Now: time.Now, Ready: unready, Pprof: a.config.AdminPprof, Audit: telemetry.Always(a.log),
		Resolve: a.server.Resolve, Purge: a.cache.Purge, BasePath: a.config.PublicBasePath,
		Expand: a.server.Expand, Explain: explainer{a.pool, a.cache, a.auth != nil, a.config.PublicBasePath}.explain,
	}
	if a.auth != nil {
		o.Auth = countingVerifier{a.auth, a.server}
	}
	return admin.Handler(o)
}
