package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// idsTogether queries every endpoint with two ids that do not belong together: a customer and another reseller, a reseller and another
// distributor, a subscription and another customer. No response may have anything.
func idsTogether(ctx context.Context, p *provider) Finding {
	f, err := familyOf(ctx, p)
	switch {
	case err != nil:
		return queryFailed(err)
	case f == nil:
		return skip(tooFew)
	}
	apart := f.params(f.child, f.stranger)
	apart.View = ""
	pairs := furtherPairs(ctx, p)
	for _, e := range slices.Concat([]*query.Endpoint{query.Indicators, query.Customers, query.Subscriptions}, breakdowns) {
		pairs = append(pairs, pair{e, apart})
	}
	var names []string
	for _, pair := range pairs {
		something, err := hasAnything(ctx, p, pair)
		if err != nil {
			return queryFailed(err)
		}
		if something && !slices.Contains(names, pair.Name) {
			names = append(names, pair.Name)
		}
	}
	if len(names) > 0 {
		return fail(narrowAdvice, "given two ids that do not belong together, there is something in %s", strings.Join(names, ", "))
	}
	return pass("given two ids that do not belong together, no endpoint has anything")
}

// pair is a query with two ids that do not belong together.
type pair struct {
	*query.Endpoint
	query.Params
}

// furtherPairs returns those that the two ids of filtersTogether are not.
func furtherPairs(ctx context.Context, p *provider) (pairs []pair) {
	above, _ := p.rowsBy(ctx, resellers) // views has reported an error
	if i := otherParent(above); i > 0 {
		params := query.Params{ResellerID: above[0].ID, DistributorID: above[i].ParentID}
		pairs = append(pairs, pair{query.Indicators, params})
		params.View = resellers
		pairs = append(pairs, pair{query.Usages, params})
	}
	all, _ := p.rowsBy(ctx, customers)
	below, _ := p.rowsBy(ctx, subscriptions)
	if i := slices.IndexFunc(all, func(u usage) bool { return u.ID != "" && u.ID != example(all).ID }); i >= 0 && len(below) > 0 {
		params := query.Params{View: subscriptions, SubscriptionID: below[0].ID, CustomerID: all[i].ID}
		pairs = append(pairs, pair{query.Usages, params})
	}
	return pairs
}

// otherParent returns the index of a row whose parent is not that of the first one, or -1.
func otherParent(rows []usage) int {
	return slices.IndexFunc(rows, func(u usage) bool { return rows[0].ID != "" && u.ParentID != "" && u.ParentID != rows[0].ParentID })
}

// hasAnything reports whether the response to a query has costs, or choices. Rocket may refuse it instead.
func hasAnything(ctx context.Context, p *provider, q pair) (bool, error) {
	if p.responses[q.Endpoint] == nil {
		return false, nil
	}
	body, err := p.query(ctx, q.Endpoint, q.Params)
	if err != nil {
		return false, unlessDeclined(err)
	}
	if q.Picker {
		choices, err := decode[[]choice](body, nil)
		return len(choices) > 0, err
	}
	sum, err := totalOf(q.Endpoint, body, nil)
	return sum.sign() != 0, err
}
