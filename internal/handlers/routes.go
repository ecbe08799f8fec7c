package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
)

// Handler gives every route behind every middleware, in the order in which a request meets them.
func (s *Server) Handler() (http.Handler, error) {
	r := chi.NewRouter()
	if s.Trace != nil {
		r.Use(s.Trace) // span
	}
	r.Use(s.track)   // request id, access log, metrics
	r.Use(s.recover) // a panic is a problem document
	r.Use(s.cors)    // who may read this in a browser
	r.Use(s.bound)   // no larger request than a valid one can be
	r.Use(middleware.GetHead)
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.methodNotAllowed)

	r.Group(func(r chi.Router) {
		r.Use(s.authenticate)                                                  // who asks
		r.Use(s.limit)                                                         // how often
		r.Use(s.recall)                                                        // asked before?
		openapi.HandlerWithOptions(s, openapi.ChiServerOptions{BaseRouter: r}) // GET /v1/me, /v1/{provider}/…
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
