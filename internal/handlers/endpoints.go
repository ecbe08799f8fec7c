package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// GetData returns the handler of a data route: parse → narrow → serve.
func (s *Server) GetData(route string) func(w http.ResponseWriter, r *http.Request) error {
	endpoint := query.EndpointNamed(strings.TrimPrefix(route, "/v1/{provider}/"))
	if endpoint == nil {
		panic("handlers: no row in query.Endpoints for " + route)
	}
	return s.withCaller(func(w http.ResponseWriter, r *http.Request, caller *auth.Caller) error {
		generation := s.memo.generation.Load()
		q, err := parse(endpoint, query.Provider(chi.URLParam(r, "provider")), r.URL.RawQuery, s.Now().In(s.Location))
		f, unacceptable := negotiate(&q, r.Header["Accept"])
		if err = f.fits(&q, err); err != nil {
			return refuse(stateOf(r.Context()), q, caller, err)
		}
		if unacceptable != nil {
			return unacceptable
		}
		stateOf(r.Context()).query = &resolved{query: q}
		if endpoint.Shape == query.Composed {
			return (&composition{Server: s, w: w, r: r, caller: caller, query: q, format: f}).serve()
		}
		filter, err := s.narrow(&q, caller)
		if err != nil {
			return err
		}
		known := &resolved{query: q, key: q.Key(), filter: filter, location: location(s.BasePath, &q), since: s.Now(), generation: generation}
		known.audit = s.reporter.auditor(caller, r, known)
		s.memo.put(r, caller, known)
		return s.serve(w, r, caller, known, f)
	})
}

// refuse returns why a query with faults is refused: because of the caller's profiles, or for the faults and what the caller has to choose.
func refuse(x *requestState, q query.Query, caller *auth.Caller, err error) error {
	f := fault.Of(err)
	if f.Kind != fault.InvalidRequest {
		return err
	}
	asked := q
	if q.Endpoint.Shape == query.Composed {
		asked.Endpoint = query.Usages // of which it is made, beside what needs more
	}
	err = profiles(caller).Refuse(asked, f.Params)
	if fault.Of(err).Kind == fault.Forbidden {
		x.query = &resolved{query: q} // for the audit
	}
	return err
}

// parse returns the query of a query string, which is not complete yet, or all faults.
func parse(endpoint *query.Endpoint, provider query.Provider, raw string, now time.Time) (query.Query, error) {
	if !provider.Valid() {
		return query.Query{Endpoint: endpoint}, unknownProvider(provider)
	}
	return query.Parse(endpoint, provider, raw, now)
}

// narrow narrows the query to what the caller may see, completes it with its account, and returns the filter that the rows need.
// If the profiles refuse the query, it stays as it was.
func (s *Server) narrow(q *query.Query, caller *auth.Caller) (tenancy.RowFilter, error) {
	narrowed, filter, err := profiles(caller).Narrow(*q)
	if err != nil {
		return tenancy.RowFilter{}, err
	}
	*q = narrowed
	var ok bool
	if q.Account, ok = s.Account(q, caller.Claim); !ok {
		return tenancy.RowFilter{}, &fault.Error{
			Kind: fault.Forbidden, Detail: "No service account of this gateway serves such queries for you. Ask its operator for one.",
		}
	}
	return filter, nil
}

// serve serves a query that the caller may see.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, caller *auth.Caller, q *resolved, f format) error {
	x := stateOf(r.Context())
	x.query = q
	d := directives(r.Header["Cache-Control"])
	d.Unhurried = lowestUrgency(r.Header["Priority"])
	quota := newAdmission(s.Quota, r, caller)
	if quota != nil {
		d.Admit = quota.admit
	}
	started := time.Now()
	found, err := s.Cache.Get(r.Context(), &q.query, q.key, d)
	if err != nil || found.Status.Label() != hitMemory {
		x.wait = time.Since(started)
	}
	if quota != nil {
		quota.setRateLimit(w.Header())
	}
	var content cache.Filtered
	if err == nil {
		content, err = s.Cache.Filter(r.Context(), q.key, found.Entry, q.filter)
	}
	if err == nil && (q.query.Selects() || f.csv) {
		content, err = s.shaper.shape(w, r, started, &q.query, content, f)
	}
	if err != nil {
		return cacheFailure{err, found.Status}
	}
	s.headers.respond(w, r, q, found, content, f)
	return nil
}

// maxLocation is the largest value of a Content-Location field. Nothing needs the field, and intermediaries refuse long ones.
const maxLocation = 2 << 10 // bytes

// location returns the values of the Content-Location field (RFC 9110, 8.7) of responses to a complete query: its canonical URL.
func location(basePath string, q *query.Query) []string {
	location := Canonical(basePath, q)
	if len(location) > maxLocation {
		return nil
	}
	return []string{location}
}

// cacheFailure is a failure with the cache's status.
type cacheFailure struct {
	error
	status cache.Status
}

// Unwrap returns the failure itself.
func (f cacheFailure) Unwrap() error { return f.error }

func notAcceptable(media string) error {
	return &fault.Error{Kind: fault.NotAcceptable, Detail: "This resource is " + media + ", which the Accept header rules out."}
}

// GetMe serves GET /v1/me.
func (s *Server) GetMe(w http.ResponseWriter, r *http.Request) error {
	if faults := query.BindNone(r.URL.RawQuery); len(faults) > 0 {
		return &fault.Error{Kind: fault.InvalidRequest, Params: faults}
	}
	if !acceptsJSON(r.Header["Accept"]) {
		return notAcceptable(jsonMedia)
	}
	return s.withCaller(func(w http.ResponseWriter, r *http.Request, caller *auth.Caller) error {
		h := w.Header()
		h["Content-Type"] = jsonType
		h["Vary"] = s.headers.vary
		sendUncached(w, r, http.StatusOK, describe(caller, s.Currency))
		return nil
	})(w, r)
}

// describe returns the body of GET /v1/me.
func describe(caller *auth.Caller, currency Currency) openapi.Me {
	m := openapi.Me{
		Issuer: caller.Issuer, Subject: caller.Subject, Client: caller.Client, Scopes: caller.Scopes, ExpiresAt: caller.Expires.UTC(),
	}
	granted := profiles(caller)
	for _, p := range []query.Provider{query.Azure, query.AWS, query.GCP} {
		a := granted.Access(p)
		reach := access(p, a)
		if a.Denied == "" {
			reach.Currency = currency(p, a.Distributors, a.Resellers, caller.Claim)
		}
		m.Providers = append(m.Providers, reach)
	}
	return m
}

func access(provider query.Provider, a tenancy.Access) openapi.ProviderReach {
	p := openapi.ProviderReach{
		Provider: openapi.Provider(provider), Denied: a.Denied, Level: openapi.ProviderReachLevel(a.Level), Views: a.Views, Costs: a.Costs,
	}
	for _, b := range a.Bounds {
		bound := openapi.Reach{ResourceType: openapi.ReachResourceType(b.Type), Resources: b.IDs}
		if b.All {
			bound.Resources = []string{"*"}
		}
		p.Reach = append(p.Reach, bound)
	}
	return p
}
