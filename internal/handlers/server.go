package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
)

// Cache serves queries.
type Cache interface {
	Get(ctx context.Context, q *query.Query, key query.Key, d cache.Directives) (cache.Response, error)
	Filter(ctx context.Context, key query.Key, e *cache.Entry, f cache.Filter) (cache.Filtered, error)
}

// Account returns the identity of the service account for a query, if there is one. claim returns the values of one of the caller's
// claims, nil if it has none of that name.
type Account func(q *query.Query, claim func(name string) []string) (identity string, ok bool)

// Options are what a Server is made of.
type Options struct {
	Cache        Cache
	Auth         Verifier           // required; AllowAll with AUTH_MODE=none
	Rate, Quota  *ratelimit.Limiter // of requests, and of what reaches Rocket; nil: none
	Account      Account            // picks the service account that asks
	Location     *time.Location     // where a month begins
	ClientMaxAge time.Duration      // how long clients may keep an answer by themselves
	BasePath     string             // prefix under which an ingress shows us
	Origins      Origins            // whose pages may read answers
	HTTPS        bool               // the API itself is served over TLS
	Audit        *slog.Logger       // takes who asked what; nil: nobody does
	Docs         bool               // serve the contract and Swagger UI
	Now          func() time.Time
	Log          *slog.Logger
	Observe      func(Request)                   // told of every request
	Trace        func(http.Handler) http.Handler // gives requests their spans; nil: there are none
}

// Server answers the operations of the contract.
type Server struct {
	Options
	vary    []string // of answers
	known   *memory  // questions that were asked before
	samples samples
}

var _ openapi.ServerInterface = (*Server)(nil)

// New makes a server; Handler gives its routes.
func New(o Options) *Server {
	s := &Server{Options: o, vary: vary, known: newMemory()}
	if len(o.Origins) > 0 {
		s.vary = varyOrigin
	}
	return s
}
