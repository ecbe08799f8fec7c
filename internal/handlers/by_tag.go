package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetByTag serves GET /v1/{provider}/by-tag.
func (s *Server) GetByTag(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByTagParams, faults []fault.Param,
) {
	s.serve(w, r, query.ByTag, query.Provider(p), query.Params(params), faults)
}
