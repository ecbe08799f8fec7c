package handlers

import (
	"net/url"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Resolve returns the complete query of a request target, as operators write it in a purge, for a caller with full access. It has
// no account.
func (s *Server) Resolve(target string) (query.Query, error) {
	endpoint, provider, raw := route(target, s.BasePath)
	if endpoint == nil || endpoint.Shape == query.Composed {
		return query.Query{}, &fault.Error{
			Kind: fault.NotFound, Detail: "The query must be a path of the API whose response Rocket sends, as in /v1/azure/usages?period=2025-06.",
		}
	}
	q, err := parse(endpoint, provider, raw, s.Now().In(s.Location))
	if err != nil {
		return query.Query{}, err
	}
	return q.Complete(), nil
}

// Expand returns the complete queries that a request target is served from, for a caller with full access: one without a name, or the
// parts of a composed query. They have no account. location is the canonical URL of the target. If a caller's profiles changed the default
// view, the location names it, except for the parts of an overview beside its top.
func (s *Server) Expand(target string) (location string, parts []query.Part, err error) {
	endpoint, provider, raw := route(target, s.BasePath)
	if endpoint == nil {
		return "", nil, &fault.Error{
			Kind: fault.NotFound, Detail: "The query must be a path of the API with its parameters, as in /v1/azure/usages?period=2025-06.",
		}
	}
	q, err := parse(endpoint, provider, raw, s.Now().In(s.Location))
	if err != nil {
		return "", nil, err
	}
	if endpoint.Shape != query.Composed {
		q = q.Complete()
		return Canonical(s.BasePath, &q), []query.Part{{Query: q}}, nil
	}
	parts = q.Parts()
	for i := range parts {
		parts[i].Query = parts[i].Query.Complete()
	}
	q = q.Resolved(&parts[len(parts)-1].Query)
	return Canonical(s.BasePath, &q), parts, nil
}

// Canonical returns the canonical URL of a complete query, of any length. An ingress removes basePath.
func Canonical(basePath string, q *query.Query) string {
	base := url.URL{Path: basePath}
	return string(q.AppendLocation([]byte(base.EscapedPath())))
}

// route returns the endpoint of a request target, nil if it is none of the API's, with the provider and the query string.
func route(target, basePath string) (endpoint *query.Endpoint, provider query.Provider, raw string) {
	path, raw, _ := strings.Cut(target, "?")
	path, ok := strings.CutPrefix(strings.TrimPrefix(normalPath(path), basePath), "/v1/")
	first, name, _ := strings.Cut(path, "/")
	if !ok {
		return nil, "", ""
	}
	return query.EndpointNamed(name), query.Provider(first), raw
}
