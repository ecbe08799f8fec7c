package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// breakdowns are the endpoints whose totals are those of indicators.
var breakdowns = []*query.Endpoint{query.ByDay, query.ByMonth, query.ByPublisher, query.ByCategory, query.ByTag}

// own queries an endpoint as the gateway does for a caller with access to one customer alone.
func (p *provider) own(ctx context.Context, e *query.Endpoint, id string) ([]byte, error) {
	params := query.Params{CustomerID: id, Cost: customers}
	if e == query.Usages {
		params.View = customers
	}
	return p.recall(ctx, e, params)
}

// ownTotal returns the costs in that response.
func (p *provider) ownTotal(ctx context.Context, e *query.Endpoint, id string) (amount, error) {
	body, err := p.own(ctx, e, id)
	return totalOf(e, body, err)
}

// everything returns the sum of the usages of all customers.
func (p *provider) everything() amount {
	sum, _ := totalOf(query.Usages, p.responses[query.Usages], nil) // whoever needs it has decoded the rows
	return sum
}

// idsObeyed queries every endpoint for one customer, and its choices for one parent. It looks for what belongs to others.
func idsObeyed(ctx context.Context, p *provider) Finding {
	rows, err := p.rowsBy(ctx, customers)
	if err != nil {
		return queryFailed(err)
	}
	if len(rows) == 0 || !total(rows).exceeds(someone(rows).Actual) {
		return skip(tooFew)
	}
	amounts, err := deafAmounts(ctx, p, someone(rows))
	if err != nil {
		return queryFailed(err)
	}
	pickers, err := deafPickers(ctx, p, someone(rows))
	if err != nil {
		return queryFailed(err)
	}
	if deaf := slices.Concat(amounts, pickers); len(deaf) > 0 {
		return fail(narrowAdvice, "given one id, there is what belongs to others in %s", strings.Join(deaf, ", "))
	}
	return pass("given one id, indicators, breakdowns and pickers have nothing of others")
}

// deafAmounts returns the endpoints that show more for a customer than the customer's usages do. It is no evidence if they show more for
// all customers too: sums then differ.
func deafAmounts(ctx context.Context, p *provider, customer usage) (deaf []string, _ error) {
	rows, err := decode[[]usage](p.own(ctx, query.Usages, customer.ID))
	switch {
	case declined(err):
		return nil, nil // Rocket refuses the account cost=customers
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
		deaf = append(deaf, "usages by subscriptions")
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
			deaf = append(deaf, e.Name)
		}
	}
	return deaf, nil
}

// sound reports whether rows of usages can be added up.
func sound(p *provider) bool { return !p.broken[p.name("views")] && !p.broken[p.name("unique ids")] }
