package doctor

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// costLevels compares the totals at the prices of three levels, each of which sells to the next: a markup may be zero, not negative.
func (p *provider) costLevels(ctx context.Context) Finding {
	var levels, refused []string // levels: those that Rocket has prices for, from low to high price
	var prices []float64
	for _, level := range []string{"distributors", "resellers", "customers"} {
		body, err := p.responses[query.Indicators], error(nil)
		if level != "resellers" { // the default
			body, err = p.query(ctx, query.Indicators, query.Params{Cost: level})
		}
		total, err := decode[struct{ Actual float64 }](body, err)
		switch {
		case declined(err):
			refused = append(refused, level)
		case err != nil:
			return queryFailed(err)
		default:
			levels, prices = append(levels, level), append(prices, total.Actual)
		}
	}
	switch {
	case slices.Min(prices) <= 0:
		return skip(noCosts)
	case len(prices) < 2:
		return warn("nothing; callers at those levels get an error",
			"Rocket refuses the account cost=%s, so there is nothing to compare", strings.Join(refused, ", "))
	}
	for i, price := range prices[1:] {
		if prices[i] > price && !same(prices[i], price) {
			return fail("report this: callers see prices of another level than they ask for",
				"cost=%s shows more than cost=%s, which buy from them", levels[i], levels[i+1])
		}
	}
	switch {
	case same(prices[0], prices[len(prices)-1]):
		return warn("find out whether any level adds a markup; if one does, callers see prices of another level than they ask for",
			"cost makes no difference")
	}
	deaf, err := p.deafToCost(ctx)
	switch {
	case err != nil:
		return queryFailed(err)
	case len(deaf) > 0:
		return fail("report this: callers see prices of a level above theirs", "cost=customers makes no difference to %s", strings.Join(deaf, ", "))
	case len(refused) > 0:
		return pass("prices rise from level to level; Rocket refuses the account cost=%s", strings.Join(refused, ", "))
	}
	return pass("prices rise from level to level")
}

// deafToCost returns the endpoints that show what a reseller pays for a customer if they are asked what the customer pays.
func (p *provider) deafToCost(ctx context.Context) (deaf []string, _ error) {
	rows, err := p.rowsBy(ctx, customers)
	if err != nil || len(rows) == 0 || p.broken[p.name("views")] {
		return nil, nil //nolint:nilerr // views has reported it
	}
	customer := someone(rows)
	paid, err := p.ownTotal(ctx, query.Indicators, customer.ID)
	if err != nil || customer.Actual.sign() <= 0 || paid.equals(customer.Actual) {
		return nil, unlessDeclined(err)
	}
	for _, e := range append([]*query.Endpoint{query.Usages}, breakdowns...) {
		if p.responses[e] == nil {
			continue
		}
		sum, err := p.ownTotal(ctx, e, customer.ID)
		if err != nil && !declined(err) {
			return nil, err
		}
		if sum.equals(customer.Actual) {
			deaf = append(deaf, e.Name)
		}
	}
	return deaf, nil
}

// same reports whether two sums are equal except for rounding.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a), math.Abs(b)) }
