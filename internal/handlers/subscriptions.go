package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetSubscriptions serves GET /v1/{provider}/subscriptions.
func (s *Server) GetSubscriptions(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetSubscriptionsParams, faults []fault.Param,
) {
	s.serve(w, r, query.Subscriptions, query.Provider(p), query.Params(params), faults)
}
