package doctor

import (
	"context"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// equalSums compares usages with indicators and by-day: of all customers at the default prices, and of one at its own.
func equalSums(ctx context.Context, p *provider) Finding {
	usages := p.everything()
	if usages.sign() <= 0 {
		return skip(noCosts)
	}
	different, err := different(usages, func(e *query.Endpoint) (amount, error) {
		return totalOf(e, p.responses[e], nil)
	})
	if err == nil && len(different) == 0 {
		different, err = ownSums(ctx, p)
	}
	switch {
	case err != nil:
		return queryFailed(err)
	case len(different) > 0:
		return fail("report this: callers see different totals of the same costs", "%s", strings.Join(different, ", "))
	}
	return pass("usages, indicators and by-day have the same total%s", partial(p, usages))
}

// ownSums is the comparison for one customer.
func ownSums(ctx context.Context, p *provider) ([]string, error) {
	rows, err := p.rowsBy(ctx, customers)
	if err != nil {
		return nil, err
	}
	id := example(rows).ID
	usages, err := p.ownTotal(ctx, query.Usages, id)
	if err != nil {
		return nil, unlessDeclined(err)
	}
	different, err := different(usages, func(e *query.Endpoint) (amount, error) { return p.ownTotal(ctx, e, id) })
	for i := range different {
		different[i] = "for one customer, " + different[i]
	}
	return different, err
}

// different describes which of indicators and by-day have another total than usages.
func different(usages amount, total func(*query.Endpoint) (amount, error)) (found []string, _ error) {
	for _, e := range []*query.Endpoint{query.Indicators, query.ByDay} {
		sum, err := total(e)
		if err != nil {
			return nil, unlessDeclined(err)
		}
		if !sum.equals(usages) {
			found = append(found, "the total of "+e.Name+" is "+sum.than(usages)+" than that of usages")
		}
	}
	return found, nil
}

// partial names the other breakdowns with another total, about which nothing is assumed.
func partial(p *provider, usages amount) string {
	var other []string
	for _, e := range breakdowns[1:] {
		if sum, err := totalOf(e, p.responses[e], nil); p.responses[e] != nil && err == nil && !sum.equals(usages) {
			other = append(other, e.Name)
		}
	}
	if other == nil {
		return ""
	}
	return ", " + strings.Join(other, ", ") + " another one"
}
