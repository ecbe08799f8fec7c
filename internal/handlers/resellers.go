package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetResellers serves GET /v1/{provider}/resellers.
func (s *Server) GetResellers(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetResellersParams, faults []fault.Param,
) {
	s.serve(w, r, query.Resellers, query.Provider(p), query.Params(params), faults)
}
