package query

import (
	"slices"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Params are the parameters of a request as they came; empty ones were left out. The fields are those of the generated
// parameter types, so that one converts into the other and the two cannot drift apart.
type Params struct {
	StartTime      string
	EndTime        string
	Period         string
	DistributorID  string
	ResellerID     string
	CustomerID     string
	SubscriptionID string
	ResourceGroup  string
	ResourceID     string
	View           string
	InvoiceType    string
	Cost           string
	Catalog        []string
}

// Query is one question, valid and canonical: the catalogs are sorted and distinct.
type Query struct {
	Account  string // identity of the service account that asks
	Provider Provider
	Endpoint *Endpoint

	Start, End Day       // the period's ends, both included
	Turn       time.Time // when the words of the request begin to mean another period; zero: never

	DistributorID  string
	ResellerID     string
	CustomerID     string
	SubscriptionID string
	ResourceGroup  string
	ResourceID     string

	View        string
	InvoiceType string
	Cost        string
	Catalog     []string
}

const (
	defaultInvoiceType = "1"
	defaultCost        = levelResellers
)

// defaultCatalog is what the vendor's page asks for. It is shared by all queries that name none and never written to.
var defaultCatalog = []string{"consumption", "marketplace"}

// New checks the parameters and gives the query they mean at the instant now, whose location is the billing time zone.
// View and Cost stay empty where the request gave none, until Complete. The error names every fault at once.
func New(endpoint *Endpoint, provider Provider, p Params, now time.Time) (Query, error) {
	var found faults
	start, end, turn := period(&p, now, &found)
	found.checkTexts(&p)
	found.checkView(p.View)
	catalog := found.catalog(p.Catalog)
	if len(found.params) > 0 {
		return Query{}, &fault.Error{Kind: fault.InvalidRequest, Params: found.params}
	}
	return Query{
		Provider: provider, Endpoint: endpoint,
		Start: start, End: end, Turn: turn,
		DistributorID: p.DistributorID, ResellerID: p.ResellerID, CustomerID: p.CustomerID,
		SubscriptionID: p.SubscriptionID, ResourceGroup: p.ResourceGroup, ResourceID: p.ResourceID,
		View: p.View, InvoiceType: or(p.InvoiceType, defaultInvoiceType), Cost: p.Cost, Catalog: catalog,
	}, nil
}

// Complete fills the defaults that depend on the rest of the query.
func (q Query) Complete() Query {
	q.Cost = or(q.Cost, defaultCost)
	q.View = or(q.View, q.Endpoint.view)
	switch {
	case q.View != "":
	case q.CustomerID != "":
		q.View = levelSubscriptions
	default:
		q.View = levelCustomers
	}
	return q
}

// catalog gives the distinct values in order, the default where there is none.
func (f *faults) catalog(values []string) []string {
	if len(values) == 0 {
		return defaultCatalog
	}
	distinct := make([]string, 0, len(values))
	for _, v := range values {
		if v != "" {
			f.checkText("catalog", v)
			distinct = append(distinct, v)
		}
	}
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	switch {
	case len(distinct) == 0:
		return defaultCatalog
	case len(distinct) > maxCatalogs:
		f.add("catalog", "has more than 20 different values; give at most 20")
	}
	return distinct
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
