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
) error {
	return s.serve(w, r, query.Usages, query.Provider(p), query.Params(params), faults)
}

// GetIndicators serves GET /v1/{provider}/indicators.
func (s *Server) GetIndicators(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetIndicatorsParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.Indicators, query.Provider(p), query.Params(params), faults)
}

// GetByDay serves GET /v1/{provider}/by-day.
func (s *Server) GetByDay(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByDayParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.ByDay, query.Provider(p), query.Params(params), faults)
}

// GetByMonth serves GET /v1/{provider}/by-month.
func (s *Server) GetByMonth(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByMonthParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.ByMonth, query.Provider(p), query.Params(params), faults)
}

// GetByPublisher serves GET /v1/{provider}/by-publisher.
func (s *Server) GetByPublisher(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByPublisherParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.ByPublisher, query.Provider(p), query.Params(params), faults)
}

// GetByCategory serves GET /v1/{provider}/by-category.
func (s *Server) GetByCategory(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByCategoryParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.ByCategory, query.Provider(p), query.Params(params), faults)
}

// GetByTag serves GET /v1/{provider}/by-tag.
func (s *Server) GetByTag(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetByTagParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.ByTag, query.Provider(p), query.Params(params), faults)
}

// GetCustomers serves GET /v1/{provider}/customers.
func (s *Server) GetCustomers(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetCustomersParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.Customers, query.Provider(p), query.Params(params), faults)
}

// GetSubscriptions serves GET /v1/{provider}/subscriptions.
func (s *Server) GetSubscriptions(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetSubscriptionsParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.Subscriptions, query.Provider(p), query.Params(params), faults)
}

// GetResellers serves GET /v1/{provider}/resellers.
func (s *Server) GetResellers(
	w http.ResponseWriter, r *http.Request, p openapi.Provider, params openapi.GetResellersParams, faults []fault.Param,
) error {
	return s.serve(w, r, query.Resellers, query.Provider(p), query.Params(params), faults)
}
