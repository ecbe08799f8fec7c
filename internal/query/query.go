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
	Selection           // of the rows of a list; what Rocket is sent and Key do not depend on it
	Periods   []Period  // of a Trend, oldest first; it has no Start and End
	Aligned   bool      // the Periods are equally long, as far as their months are
	Turn      time.Time // when the caller's period begins to mean other days; zero: never
}

// defaultCost is the default of callers without profiles.
const defaultCost = levelResellers

// Parse returns the query that a query string means at the instant now, whose location is the billing time zone. View and Cost stay
// empty if they are absent, until Complete. The error is a *fault.Error with all faults; the query then lacks the faulty parameters.
func Parse(endpoint *Endpoint, provider Provider, raw string, now time.Time) (Query, error) {
	p, malformed := Bind(endpoint, raw)
	return resolve(endpoint, provider, p, faults{malformed, len(malformed)}, now)
}

// New is Parse for parameters that are bound already.
func New(endpoint *Endpoint, provider Provider, p Params, now time.Time) (Query, error) {
	return resolve(endpoint, provider, p, faults{}, now)
}

func resolve(endpoint *Endpoint, provider Provider, p Params, found faults, now time.Time) (Query, error) {
	q := Query{Provider: provider, Endpoint: endpoint}
	if c := (calendar{&found, now}); endpoint == Trend {
		q.Periods, q.Aligned, q.Turn = c.months(&p)
	} else {
		q.Turn = c.period(&p)
	}
	found.normalize(&p)
	q.Selection = found.selection(endpoint, &p)
	found.checkFormat(&p)
	if len(found.params) > 0 {
		found.clear(&p)
		return Query{Provider: provider, Endpoint: endpoint, Params: p}, &fault.Error{Kind: fault.InvalidRequest, Params: found.params}
	}
	q.Params = p
	return q, nil
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

const (
	maxDays   = 366
	monthForm = "2006-01"
)

// Day is a calendar day as YYYY-MM-DD.
type Day string

// Month returns the first instant of the day's calendar month in loc.
func (d Day) Month(loc *time.Location) time.Time {
	t, _ := time.Parse(time.DateOnly, string(d)) // a Day of a Query is valid; the zero Day is in year 1
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, loc)
}
