package upstream

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// filter is one filter of a query in Rocket's wire format.
type filter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// path returns the path of a query's URL, below the base.
func path(q *query.Query) string {
	name := q.Endpoint.Name
	if q.Endpoint == query.Customers || q.Endpoint == query.Subscriptions {
		name = "filters/" + name
	}
	return "/api/v4/" + string(q.Provider) + "/" + name
}

// body returns the request body of a query in the order of the vendor's page: every documented key once, then the catalogs. The same
// query always has the same bytes.
func body(q *query.Query) []byte {
	filters := []filter{
		{"start_time", string(q.Start)},
		{"end_time", string(q.End)},
		{"distributor_id", q.DistributorID},
		{"reseller_id", q.ResellerID},
		{"customer_id", q.CustomerID},
		{"subscription_id", q.SubscriptionID},
		{"resource_group", q.ResourceGroup},
		{"resource_id", q.ResourceID},
		{"view", q.View},
		{"invoice_type", q.InvoiceType},
		{"cost", q.Cost},
	}
	for _, c := range q.Catalog {
		filters = append(filters, filter{"catalog", c})
	}
	return marshal(struct {
		Filters []filter `json:"filters"`
	}{filters})
}

// marshal returns JSON without the escapes that only HTML needs. Its arguments are structs of text, which never fail.
func marshal(value any) []byte {
	content, _ := json.Marshal(value, jsontext.EscapeForJS(true), jsontext.AllowInvalidUTF8(true))
	return content
}
