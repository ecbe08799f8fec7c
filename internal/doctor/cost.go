package doctor

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// pricesOfLevels has the totals at the prices of levels, from low to high, and the levels that Rocket refuses the account.
type prices struct {
	levels, refused []string
	totals          []float64
}

// costLevels compares the totals at the prices of three levels, each of which sells to the next: a markup may be zero, not negative.
func costLevels(ctx context.Context, p *provider) Finding {
	all, err := pricesOfLevels(ctx, p)
	refused := strings.Join(all.refused, ", ")
	switch {
	case err != nil:
		return queryFailed(err)
	case slices.Min(all.totals) <= 0:
		return skip(noCosts)
	case len(all.totals) < 2:
		return warn("nothing; callers at those levels get an error",
			"Rocket refuses the account cost=%s, so there is nothing to compare", refused)
	}
	if i := all.falling(); i >= 0 {
		return fail("report this: callers see prices of another level than they request",
			"cost=%s shows more than cost=%s, which buy from them", all.levels[i], all.levels[i+1])
	}
	if same(all.totals[0], all.totals[len(all.totals)-1]) {
		return warn("find out whether any level adds a markup; if one does, callers see prices of another level than they request",
			"cost makes no difference")
	}
	names, err := ignoringCost(ctx, p)
	switch {
	case err != nil:
		return queryFailed(err)
	case len(names) > 0:
		return fail("report this: callers see prices of a level above theirs",
			"cost=customers makes no difference to %s", strings.Join(names, ", "))
	case refused != "":
		return pass("prices rise from level to level; Rocket refuses the account cost=%s", refused)
	}
	return pass("prices rise from level to level")
}

func pricesOfLevels(ctx context.Context, p *provider) (all prices, _ error) {
	for _, level := range []string{"distributors", resellers, customers} {
		body, err := p.responses[query.Indicators], error(nil)
		if level != resellers { // the default
			body, err = p.query(ctx, query.Indicators, query.Params{Cost: level})
		}
		total, err := decode[struct{ Actual float64 }](body, err)
		switch {
		case declined(err):
			all.refused = append(all.refused, level)
		case err != nil:
			return all, err
		default:
			all.levels, all.totals = append(all.levels, level), append(all.totals, total.Actual)
		}
	}
	return all, nil
}

// falling returns the index of the first total that is higher than the next one, or -1.
func (all *prices) falling() int {
	for i, next := range all.totals[1:] {
		if all.totals[i] > next && !same(all.totals[i], next) {
			return i
		}
	}
	return -1
}

// same reports whether two sums are equal except for rounding.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a), math.Abs(b)) }

// ignoringCost returns the endpoints that show what a reseller pays for a customer if they are asked what the customer pays.
func ignoringCost(ctx context.Context, p *provider) (names []string, _ error) {
	rows, err := p.rowsBy(ctx, customers)
	if err != nil || len(rows) == 0 || p.broken[p.name("views")] {
		return nil, nil //nolint:nilerr // views has reported it
	}
	customer := example(rows)
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
			names = append(names, e.Name)
		}
	}
	return names, nil
}
