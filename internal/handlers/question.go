package handlers

import (
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/form"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Question reads a request target, as operators name one in a purge, into the question that the API would ask for a caller who
// may ask everything. It names no account.
func (s *Server) Question(target string) (query.Query, error) {
	path, raw, _ := strings.Cut(target, "?")
	path, ok := strings.CutPrefix(strings.TrimPrefix(normalPath(path), s.BasePath), "/v1/")
	provider, name, _ := strings.Cut(path, "/")
	endpoint := query.EndpointNamed(name)
	if !ok || endpoint == nil {
		return query.Query{}, &fault.Error{
			Kind: fault.NotFound, Detail: "The query must be a path of the API, as in /v1/azure/usages?period=2025-06.",
		}
	}
	var params query.Params
	pairs := form.Read(raw)
	for pairs.Next() {
		switch n := slices.Index(query.Names, pairs.Name()); {
		case n >= 0:
			pairs.Set(n, params.Field(n))
		case pairs.Name() == "catalog":
			pairs.Append(&params.Catalog)
		default:
			pairs.Unknown(query.Names...)
		}
	}
	q, err := s.question(endpoint, query.Provider(provider), params, pairs.Faults())
	if err != nil {
		return query.Query{}, err
	}
	return q.Complete(), nil
}
