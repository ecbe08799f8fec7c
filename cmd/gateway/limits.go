package main

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// No client may hold a connection without saying something.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	writeSlack        = 30 * time.Second // to send an answer, beyond the wait for Rocket
)

// limits are how long a client may take.
type limits struct {
	header time.Duration // for a request's header, from its first byte on, and for the handshake of TLS
	read   time.Duration // for a whole request
	write  time.Duration // from the end of the header until the whole answer is taken
	idle   time.Duration // between two requests
}

func (g *gateway) limits() limits {
	return limits{readHeaderTimeout, readTimeout, g.config.RocketTimeout + writeSlack, idleTimeout}
}

// server keeps clients to the limits, and to the size of header that a valid request can have.
func (l limits) server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: l.header,
		ReadTimeout:       l.read,
		WriteTimeout:      l.write,
		IdleTimeout:       l.idle,
		MaxHeaderBytes:    handlers.MaxHeaderBytes,

		DisableGeneralOptionsHandler: true, // OPTIONS * is a request like all others
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		TLSConfig:                    &tls.Config{MinVersion: tls.VersionTLS12},
	}
}
