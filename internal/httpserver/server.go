package httpserver

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// A client cannot hold a connection without sending something.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
)

// Options configure a Server.
type Options struct {
	Handler        http.Handler
	MaxHeaderBytes int
	WriteTimeout   time.Duration // from the end of a request's header until its response is sent
	MaxConnections int           // that are open at once; 0: unlimited
	Certificate    *Certificate  // nil: plain HTTP
	Log            *slog.Logger
}

// Server is an http.Server whose clients have deadlines: 10 s for a request's header or the TLS handshake, 30 s for a whole request,
// 2 min between two requests.
type Server struct {
	*http.Server

	limiter     limiter
	certificate *Certificate
}

// New returns a server that has no listener yet.
func New(o Options) *Server {
	s := &Server{certificate: o.Certificate, Server: &http.Server{
		Handler:           o.Handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      o.WriteTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    o.MaxHeaderBytes,

		DisableGeneralOptionsHandler: true, // OPTIONS * is a request like all others
		ErrorLog:                     slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}}
	if o.MaxConnections > 0 {
		s.limiter = make(limiter, o.MaxConnections)
		s.ConnState = s.limiter.connState
	}
	if o.Certificate != nil {
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: o.Certificate.get}
	}
	return s
}

// Serve accepts connections until the server is shut down. Without TLS, handlers can cork their connections.
func (s *Server) Serve(l net.Listener) error {
	if s.limiter != nil {
		l = s.limiter.listener(l)
	}
	if s.certificate != nil {
		return s.ServeTLS(l, "", "")
	}
	s.ConnContext = CorkContext
	return s.Server.Serve(CorkListener{l})
}
