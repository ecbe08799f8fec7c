package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// breakdowns are the endpoints whose totals are those of indicators.
var breakdowns = []*query.Endpoint{query.ByDay, query.ByMonth, query.ByPublisher, query.ByCategory, query.ByTag}

// own queries an endpoint as the gateway does for a caller with access to one customer alone, or at the default prices if Rocket refuses
// the account those of customers.
func (p *provider) own(ctx context.Context, e *query.Endpoint, id string) ([]byte, error) {
	params := query.Params{CustomerID: id, Cost: p.ownCost}
	if e == query.Usages {
		params.View = customers
	}
	body, err := p.recall(ctx, e, params)
	if declined(err) && p.ownCost != "" {
		p.ownCost = ""
		return p.own(ctx, e, id)
	}
	return body, err
}

// ownTotal returns the costs in that response.
func (p *provider) ownTotal(ctx context.Context, e *query.Endpoint, id string) (amount, error) {
	body, err := p.own(ctx, e, id)
	return totalOf(e, body, err)
}

// everything returns the sum of the usages of all customers.
func (p *provider) everything() amount {
	sum, _ := totalOf(query.Usages, p.responses[query.Usages], nil) // cannot fail: callers have decoded the rows
	return sum
}

// idsObeyed queries every endpoint for one customer, and its choices for one parent. It looks for what belongs to others.
func idsObeyed(ctx context.Context, p *provider) Finding {
	rows, err := p.rowsBy(ctx, customers)
	if err != nil {
		return queryFailed(err)
	}
	if len(rows) == 0 || !total(rows).exceeds(example(rows).Actual) {
		return skip(tooFew)
	}
	amounts, err := amountsOfOthers(ctx, p, example(rows))
	if err != nil {
		return queryFailed(err)
	}
	pickers, err := pickersOfOthers(ctx, p, example(rows))
	if err != nil {
		return queryFailed(err)
	}
	if names := slices.Concat(amounts, pickers); len(names) > 0 {
		return fail(narrowAdvice, "given one id, there is what belongs to others in %s", strings.Join(names, ", "))
	}
	return pass("given one id, indicators, breakdowns and pickers have nothing of others")
}

// amountsOfOthers returns the endpoints that show more for a customer than the customer's usages do. It is no evidence if they show more
// for all customers too: sums then differ.
func amountsOfOthers(ctx context.Context, p *provider, customer usage) (names []string, _ error) {
	rows, err := decode[[]usage](p.own(ctx, query.Usages, customer.ID))
	switch {
	case declined(err):
		return nil, nil // Rocket shows the account nothing of one customer
	case err != nil:
		return nil, err
	case countOther(rows, []usage{customer}) > 0:
		return []string{query.Usages.Name}, nil
	}
	limit := total(rows)
	if limit.sign() <= 0 {
		return nil, nil // nothing to compare with
	}
	if below, err := p.rowsBy(ctx, subscriptions); err == nil && sound(p) && total(below).exceeds(customer.Actual) {
		names = append(names, "usages by subscriptions")
	}
	for _, e := range append([]*query.Endpoint{query.Indicators}, breakdowns...) {
		if p.responses[e] == nil {
			continue
		}
		one, err := p.ownTotal(ctx, e, customer.ID)
		if err != nil && !declined(err) {
			return nil, err
		}
		all, err := totalOf(e, p.responses[e], nil)
		if err != nil {
			return nil, err
		}
		if one.exceeds(limit) && (all.equals(p.everything()) || all.exceeds(limit) && !all.exceeds(one)) {
			names = append(names, e.Name)
		}
	}
	return names, nil
}

// sound reports whether rows of usages can be added up.
func sound(p *provider) bool { return !p.broken[p.name("views")] && !p.broken[p.name("unique ids")] }
