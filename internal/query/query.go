package query

import (
	"cmp"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Query is a valid, canonical query. Its Params have the resolved period in Start and End, both included, and an empty Period; lists
// are sorted and distinct.
type Query struct {
	Account  string // identity of the service account at Rocket
	Provider Provider
	Endpoint *Endpoint
	Params
	Turn time.Time // when the caller's period begins to mean other days; zero: never
}

// defaultCost is the default of callers without profiles.
const defaultCost = levelResellers

// New returns the query that the parameters mean at the instant now, whose location is the billing time zone. View and Cost stay
// empty if p has none, until Complete. The error is a *fault.Error with all faults.
func New(endpoint *Endpoint, provider Provider, p Params, now time.Time) (Query, error) {
	var found faults
	turn := found.resolvePeriod(&p, now)
	found.normalize(&p)
	if len(found.params) > 0 {
		return Query{}, &fault.Error{Kind: fault.InvalidRequest, Params: found.params}
	}
	return Query{Provider: provider, Endpoint: endpoint, Params: p, Turn: turn}, nil
}

// Complete returns the query with the defaults that depend on the rest of it. A caller's profiles may narrow it before.
func (q Query) Complete() Query {
	q.Cost = cmp.Or(q.Cost, defaultCost)
	q.View = cmp.Or(q.View, q.Endpoint.view)
	switch {
	case q.View != "":
	case q.CustomerID != "":
		q.View = levelSubscriptions
	default:
		q.View = levelCustomers
	}
	return q
}
