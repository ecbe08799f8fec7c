package handlers

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
)

// middleware is one named step of a chain.
type middleware struct {
	name string
	wrap func(http.Handler) http.Handler
}

// chains are the middlewares of every route, and those that only the routes of the API have behind them.
type chains struct{ every, api []middleware }

// chains returns the middlewares in the order in which a request meets them.
func (s *Server) chains() chains {
	return chains{
		every: []middleware{
			{"normalize", normalize},        // one form of equivalent paths
			{"trace", s.trace},              // span
			{"track", s.track},              // request state, access log, metrics
			{"recover", s.recover},          // a panic is a problem document
			{"cors", s.cors},                // who may read this in a browser
			{"bound", s.bound},              // no larger request than a valid one can be
			{"head", chimiddleware.GetHead}, // HEAD is routed as GET
		},
		api: []middleware{
			{"authenticate", s.authenticate}, // on whose behalf
			{"limit", s.limit},               // how often
			{"recall", s.recall},             // asked before?
		},
	}
}

// Handler returns every route behind every middleware.
func (s *Server) Handler() (http.Handler, error) {
	if s.Auth == nil {
		return nil, errors.New("handlers: Options.Auth is required; with AUTH_MODE=none it is AllowAll")
	}
	return s.routes(s.chains())
}

func (s *Server) routes(c chains) (http.Handler, error) {
	r := chi.NewRouter()
	use(r, c.every)
	r.NotFound(s.handler(notFound))
	r.MethodNotAllowed(s.handler(methodNotAllowed))

	r.Group(func(r chi.Router) {
		use(r, c.api)
		openapi.HandlerWithOptions(s, openapi.ChiServerOptions{BaseRouter: r, ErrorHandlerFunc: s.fail}) // GET /v1/me, /v1/{provider}/…
	})
	if err := s.mountProblems(r); err != nil { // GET /problems/{type}
		return nil, err
	}
	if s.Docs {
		if err := s.mountDocs(r); err != nil { // GET /openapi.json, /openapi.yaml, /docs/
			return nil, err
		}
	}
	return r, nil
}

func use(r chi.Router, chain []middleware) {
	for _, m := range chain {
		r.Use(m.wrap)
	}
}

// trace gives the request its span, if there are traces.
func (s *Server) trace(next http.Handler) http.Handler {
	if s.Trace == nil {
		return next
	}
	return s.Trace(next)
}
