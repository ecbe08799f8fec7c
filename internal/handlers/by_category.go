package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetByCategory serves GET /v1/{provider}/by-category.
func (s *Server) GetByCategory(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByCategoryParams, faults []fault.Param,
) {
	s.serve(w, r, query.ByCategory, query.Provider(p), query.Params(params), faults)
}
