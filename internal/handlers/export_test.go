package handlers

import (
	"maps"
	"net/http"
	"slices"
)

// The bounds of the memory of questions.
const (
	MaxRecalled   = maxRecalled
	MaxRecallable = maxRecallable
)

// Recalled says how many questions the server keeps, and what they weigh.
func (s *Server) Recalled() (questions int, weight uint64) {
	s.known.questions.CleanUp()
	return s.known.questions.EstimatedSize(), s.known.questions.WeightedSize()
}

// Places returns how many places the chain has at which another middleware can stand.
func (s *Server) Places() int {
	c := s.chains()
	return len(c.every) + len(c.api) + 2
}

// HandlerWith returns the handler with other middlewares at places of the chain, and without some of the production ones. Place 0 is before the
// first step.
func (s *Server) HandlerWith(others map[int]func(http.Handler) http.Handler, without ...string) (http.Handler, error) {
	c := s.chains()
	for _, place := range slices.Backward(slices.Sorted(maps.Keys(others))) {
		m := middleware{"another", others[place]}
		if place <= len(c.every) {
			c.every = slices.Insert(c.every, place, m)
		} else {
			c.api = slices.Insert(c.api, place-len(c.every)-1, m)
		}
	}
	out := func(m middleware) bool { return slices.Contains(without, m.name) }
	return s.routes(chains{every: slices.DeleteFunc(c.every, out), api: slices.DeleteFunc(c.api, out)})
}

// NormalPath is the form of a path that routes are matched with.
var NormalPath = normalPath

// Matches is the comparison of If-None-Match with an entity tag.
var Matches = matches
