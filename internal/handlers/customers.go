package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// GetCustomers serves GET /v1/{provider}/customers.
func (s *Server) GetCustomers(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetCustomersParams, faults []fault.Param,
) {
	s.serve(w, r, query.Customers, query.Provider(p), query.Params(params), faults)
}
