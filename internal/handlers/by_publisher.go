package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetByPublisher serves GET /v1/{provider}/by-publisher.
func (s *Server) GetByPublisher(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByPublisherParams, faults []fault.Param,
) {
	s.serve(w, r, query.ByPublisher, query.Provider(p), query.Params(params), faults)
}
