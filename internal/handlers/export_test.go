package handlers

import (
	"maps"
	"net/http"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// The bounds of the memo.
const (
	MaxMemo       = maxMemo
	MaxMemoTarget = maxMemoTarget
	MaxSeries     = maxSeries
)

// Memoized returns how many queries the memo has, and their weight.
func (s *Server) Memoized() (queries int, weight uint64) {
	s.memo.queries.CleanUp()
	return s.memo.queries.EstimatedSize(), s.memo.queries.WeightedSize()
}

// CountOutcome counts a request in the metrics, and returns how many outcomes are kept.
func (s *Server) CountOutcome(route string, status int, cache string) (kept int) {
	m := s.reporter.metrics
	m.count(route, &requestState{status: status, cache: cache}, 0, trace.SpanContext{})
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.known)
}

// Places returns how many places the chain has at which another middleware can stand.
func (s *Server) Places() int {
	c := s.chains()
	return len(c.all) + len(c.api) + 2
}

// HandlerWith returns the handler with other middlewares at places of the chain, and without some of the production ones. Place 0
// is before the first step.
func (s *Server) HandlerWith(others map[int]func(http.Handler) http.Handler, without ...string) (http.Handler, error) {
	c := s.chains()
	for _, place := range slices.Backward(slices.Sorted(maps.Keys(others))) {
		m := middleware{"another", others[place]}
		if place <= len(c.all) {
			c.all = slices.Insert(c.all, place, m)
		} else {
			c.api = slices.Insert(c.api, place-len(c.all)-1, m)
		}
	}
	out := func(m middleware) bool { return slices.Contains(without, m.name) }
	return s.routes(chains{all: slices.DeleteFunc(c.all, out), api: slices.DeleteFunc(c.api, out)})
}

// NormalPath is the form of a path that routes are matched with.
var NormalPath = normalPath

// Matches is the comparison of If-None-Match with an entity tag.
var Matches = matches

// HoldLarge takes the place of the request that shapes a large body, until release.
func (s *Server) HoldLarge() (release func()) {
	s.shaper.large <- struct{}{}
	return func() { <-s.shaper.large }
}
