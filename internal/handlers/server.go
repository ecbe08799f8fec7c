package handlers

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"

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

// Currency returns the currency of the service accounts for a caller's queries at a provider, or "" if there is none or they differ. Each
// query names one of distributors and one of resellers: "" is a query that names none, and nil stands for any.
type Currency func(provider query.Provider, distributors, resellers []string, claim func(name string) []string) string

// Options are the parts and settings of a Server.
type Options struct {
	Cache         Cache
	Auth          Verifier           // required; AllowAll with AUTH_MODE=none
	Rate, Quota   *ratelimit.Limiter // of requests, and of fetches from Rocket; nil: none
	Account       Account            // picks the service account
	Currency      Currency           // of service accounts
	Location      *time.Location     // of the billing months
	ClientMaxAge  time.Duration      // upper bound of the max-age of responses
	FetchTimeout  time.Duration      // of all fetches for a composed response
	MaxBytes      int64              // of all parts of a composed response
	MaxConcurrent int                // requests to Rocket

	BasePath string       // prefix that an ingress removes from paths
	Origins  Origins      // whose pages may read responses
	HTTPS    bool         // the API itself is served over TLS
	Audit    *slog.Logger // nil: no audit
	Access   *slog.Logger // of finished requests; nil: Log
	Docs     bool         // serve the contract and Swagger UI
	Login    *Login       // on the docs page; nil: none
	Issuer   string       // of tokens, as the docs name it; empty: any
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  prometheus.Registerer           // nil: not registered
	Trace    func(http.Handler) http.Handler // starts the span of a request; nil: no traces
}

// Server serves the operations of the contract.
type Server struct {
	Options
	problems problems
	reporter reporter
	headers  headers
	memo     *memo
	shaper   *shaper
}

var _ openapi.ServerInterface = (*Server)(nil)

// New returns a Server. Its routes are those of Handler.
func New(o Options) *Server {
	s := &Server{
		Options:  o,
		problems: problems{basePath: o.BasePath, docs: o.Docs, log: o.Log},
		reporter: reporter{log: cmp.Or(o.Access, o.Log), auditLog: o.Audit, now: o.Now, https: o.HTTPS, metrics: newMetrics(o.Metrics)},
		headers:  headers{clientMaxAge: o.ClientMaxAge, vary: vary},
		memo:     newMemo(),
		shaper:   newShaper(o.FetchTimeout),
	}
	if len(o.Origins) > 0 {
		s.headers.vary = varyOrigin
	}
	if o.Trace == nil {
		s.Trace = func(next http.Handler) http.Handler { return next }
	}
	return s
}

// Refused counts a caller that another listener than the API has refused. reason is that of the fault.
func (s *Server) Refused(reason string) { s.reporter.metrics.refusals.WithLabelValues(reason).Inc() }

// middleware is one named step of a chain.
type middleware struct {
	name string
	wrap func(http.Handler) http.Handler
}

// chains are the middlewares of all routes, and the further ones of the routes of the API.
type chains struct{ all, api []middleware }

// chains returns the middlewares in the order in which a request passes through them.
func (s *Server) chains() chains {
	return chains{
		all: []middleware{
			{"normalize", normalize},        // one form of equivalent paths
			{"trace", s.Trace},              // span
			{"track", s.reporter.track},     // request id and state, access log, metrics
			{"recover", s.problems.recover}, // a panic is a problem document
			{"cors", cors(s.Origins)},       // which pages may read the response
			{"bound", s.problems.bound},     // no larger request than a valid one can be
			{"head", chimiddleware.GetHead}, // HEAD is routed as GET
		},
		api: []middleware{
			{"authenticate", s.authenticate}, // the caller into the state
			{"limit", s.limit},               // RATE_LIMIT
			{"memo", s.memoized},             // a request seen before continues at the cache
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
	use(r, c.all)
	r.NotFound(s.problems.handle(s.problems.notFound))
	r.MethodNotAllowed(s.problems.handle(s.problems.methodNotAllowed))

	r.Group(func(r chi.Router) {
		use(r, c.api)
		openapi.Mount(r, s, s.problems.handle) // GET /v1/me, /v1/{provider}/…
	})
	if err := mountProblems(r, s.problems); err != nil { // GET /problems/{type}
		return nil, err
	}
	if s.Docs {
		if err := mountDocs(r, s.Options, s.problems); err != nil { // GET /, /openapi.json, /openapi.yaml, /docs/
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
