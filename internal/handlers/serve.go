package handlers

import (
	"net/http"
	"slices"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// serve is the way of every operation: parameters → query → what the caller may ask of it → cache → answer.
func (s *Server) serve(
	w http.ResponseWriter, r *http.Request, endpoint *query.Endpoint, provider query.Provider, params query.Params, faults []fault.Param,
) error {
	caller, err := s.callerOf(r)
	if err != nil {
		return err
	}
	epoch := s.known.epoch.Load()
	q, err := s.question(endpoint, provider, params, faults)
	if err != nil {
		return err
	}
	if !acceptsJSON(r.Header["Accept"]) {
		return notAcceptable()
	}
	stateOf(r.Context()).query = &question{query: q}
	cut, err := s.narrow(&q, caller)
	if err != nil {
		return err
	}
	known := &question{query: q, key: q.Key(), cut: cut, since: s.Now(), epoch: epoch}
	known.line = s.auditor(caller, r, known)
	s.known.put(targetOf(r, caller), r, known)
	return s.ask(w, r, caller, known)
}

// ask serves a query that the caller may ask.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, caller *auth.Caller, q *question) error {
	x := stateOf(r.Context())
	x.query = q
	d := directives(r.Header["Cache-Control"])
	d.Unhurried = unhurried(r.Header["Priority"])
	d.Admit = s.admission(r, caller)
	asked := time.Now()
	answer, err := s.Cache.Get(r.Context(), &q.query, q.key, d)
	x.wait = time.Since(asked)
	var content cache.Filtered
	if err == nil {
		content, err = s.Cache.Filter(r.Context(), q.key, answer.Entry, q.cut)
	}
	if err != nil {
		return cacheFailure{err, answer.Status}
	}
	s.answer(w, r, &q.query, answer, content)
	return nil
}

// cacheFailure is a failure with what the cache did.
type cacheFailure struct {
	error
	status cache.Status
}

// Unwrap returns the failure itself.
func (f cacheFailure) Unwrap() error { return f.error }

func notAcceptable() error {
	return &fault.Error{Kind: fault.NotAcceptable, Detail: "This resource is application/json, which the Accept header rules out."}
}

// question turns the parameters into a question that is not complete yet, or names everything that keeps it from being one.
func (s *Server) question(
	endpoint *query.Endpoint, provider query.Provider, params query.Params, faults []fault.Param,
) (query.Query, error) {
	if !provider.Valid() {
		return query.Query{}, unknownProvider(provider)
	}
	q, err := query.New(endpoint, provider, params, s.Now().In(s.Location))
	if err != nil || len(faults) > 0 {
		return query.Query{}, merged(faults, err)
	}
	return q, nil
}

// merged puts the faults of form before those of meaning. A parameter whose form is wrong is not blamed for its meaning.
func merged(form []fault.Param, err error) error {
	all := slices.Clone(form)
	if err != nil {
		for _, p := range fault.Of(err).Params {
			if !slices.ContainsFunc(form, func(f fault.Param) bool { return f.Name == p.Name }) {
				all = append(all, p)
			}
		}
	}
	return &fault.Error{Kind: fault.InvalidRequest, Params: all}
}
