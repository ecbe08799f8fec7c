package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetUsages serves GET /v1/{provider}/usages.
func (s *Server) GetUsages(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetUsagesParams, faults []fault.Param,
) {
	s.serve(w, r, query.Usages, query.Provider(p), query.Params(params), faults)
}
