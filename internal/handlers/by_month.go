package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetByMonth serves GET /v1/{provider}/by-month.
func (s *Server) GetByMonth(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByMonthParams, faults []fault.Param,
) {
	s.serve(w, r, query.ByMonth, query.Provider(p), query.Params(params), faults)
}
