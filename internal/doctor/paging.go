package doctor

import (
	"context"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const pagingAdvice = "report this: the gateway shows the first page as if it were all"

// completeLists looks for what a list lacks: choices that a picker lacks, and customers that the list of all customers lacks.
func completeLists(ctx context.Context, p *provider) Finding {
	all, err := p.rowsBy(ctx, customers)
	if err != nil {
		return queryFailed(err)
	}
	if detail := lackingPicker(ctx, p, all); detail != "" {
		return fail(pagingAdvice, "%s", detail)
	}
	above, err := p.rowsBy(ctx, resellers)
	if err != nil {
		return skip("there are no usages of resellers to compare with")
	}
	reseller := costlierReseller(above, all)
	if reseller == "" {
		return pass("no list lacks what another one has")
	}
	rows, err := decode[[]usage](p.query(ctx, query.Usages, query.Params{View: customers, ResellerID: reseller}))
	if err != nil {
		return queryFailed(err)
	}
	if missing := countOther(rows, all); missing > 0 {
		return fail(pagingAdvice, "usages has %s, and lacks %s of the reseller %s",
			count(len(all), "row", "rows"), count(missing, "customer", "customers"), short(reseller))
	}
	return pass("no list lacks what another one has, though a reseller costs more than its customers")
}

// lackingPicker describes the first picker that lacks a row with costs that usages has at its level.
func lackingPicker(ctx context.Context, p *provider, all []usage) string {
	below, _ := p.rowsBy(ctx, subscriptions) // without them, there is nothing to look for
	below = slices.DeleteFunc(below, func(u usage) bool { return u.ParentID != example(all).ID })
	above, _ := p.rowsBy(ctx, resellers)
	for _, level := range []struct {
		picker *query.Endpoint
		rows   []usage
	}{{query.Customers, all}, {query.Subscriptions, below}, {query.Resellers, above}} {
		choices, err := decode[[]choice](p.responses[level.picker], nil)
		if p.responses[level.picker] == nil || err != nil {
			continue
		}
		lacks := func(u usage) bool { return u.Actual.sign() > 0 && !slices.Contains(choices, choice{u.ID}) }
		if missing := countFunc(level.rows, lacks); missing > 0 {
			return level.picker.Name + " has " + count(len(choices), "choice", "choices") + ", and lacks " +
				count(missing, "row", "rows") + " that usages has"
		}
	}
	return ""
}

// costlierReseller returns the id of a reseller that costs more than its customers do, or "".
func costlierReseller(above, all []usage) string {
	for _, reseller := range above {
		var own amount
		for _, row := range all {
			if row.ParentID == reseller.ID {
				own.add(row.Actual)
			}
		}
		if reseller.Actual.sign() > 0 && reseller.Actual.exceeds(own) {
			return reseller.ID
		}
	}
	return ""
}

// countOther counts the rows whose ids others do not have.
func countOther(rows, others []usage) int {
	return countFunc(rows, func(row usage) bool {
		return !slices.ContainsFunc(others, func(u usage) bool { return u.ID == row.ID })
	})
}

func countFunc(rows []usage, matches func(usage) bool) (n int) {
	for _, row := range rows {
		if matches(row) {
			n++
		}
	}
	return n
}
