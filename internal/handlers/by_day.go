package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetByDay serves GET /v1/{provider}/by-day.
func (s *Server) GetByDay(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByDayParams, faults []fault.Param,
) {
	s.serve(w, r, query.ByDay, query.Provider(p), query.Params(params), faults)
}
