package handlers

import (
	"context"
	"log/slog"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Cache answers questions.
type Cache interface {
	Get(ctx context.Context, q *query.Query, d cache.Directives) (cache.Answer, error)
}

// Options are what a Server is made of.
type Options struct {
	Cache        Cache
	Account      string         // identity of the service account that asks
	Location     *time.Location // where a month begins
	ClientMaxAge time.Duration  // how long clients may keep an answer by themselves
	BasePath     string         // prefix under which an ingress shows us
	Docs         bool           // serve the contract and Swagger UI
	Now          func() time.Time
	Log          *slog.Logger
	Observe      func(Request) // told of every request
}

// Request is one request as metrics see it.
type Request struct {
	Route  string // the pattern, never the path
	Status int
	Cache  string // how the cache answered, or none
	Took   time.Duration
}

// Server answers the operations of the contract.
type Server struct {
	Options
}

var _ openapi.ServerInterface = (*Server)(nil)

// New makes a server; Handler gives its routes.
func New(o Options) *Server { return &Server{o} }
