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
func path(q *query.Query) string { return endpointPath(string(q.Provider), q.Endpoint) }

// pathPattern returns the path for any provider, for the name of a span.
func pathPattern(q *query.Query) string { return endpointPath("{provider}", q.Endpoint) }

func endpointPath(provider string, e *query.Endpoint) string {
	name := e.Name
	if e == query.Customers || e == query.Subscriptions {
		name = "filters/" + name
	}
	return "/api/v4/" + provider + "/" + name
}

// body returns the query in the order of the table of parameters, which is that of the vendor's page: every key once, except
// those that the caller omits, and a list once for each value. Equal queries have the same bytes.
func body(q *query.Query) []byte {
	return filtersOf(q, func(string) bool { return true })
}

// sparseBody returns the query without the filters that have no value.
func sparseBody(q *query.Query) []byte {
	return filtersOf(q, func(value string) bool { return value != "" })
}

func filtersOf(q *query.Query, sent func(value string) bool) []byte {
	var filters []filter
	for p, value := range q.All() {
		if p.Sent(value) && sent(value) {
			filters = append(filters, filter{p.Wire, value})
		}
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
