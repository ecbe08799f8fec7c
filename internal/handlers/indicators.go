package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetIndicators serves GET /v1/{provider}/indicators.
func (s *Server) GetIndicators(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetIndicatorsParams, faults []fault.Param,
) {
	s.serve(w, r, query.Indicators, query.Provider(p), query.Params(params), faults)
}
