package doctor

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const pagingAdvice = "report this: the gateway shows the first page as if it were all"

// paging looks for what a list lacks: a reseller whose customers cost less than it does, and then customers of it that the list of all
// does not have; choices that a picker lacks.
func (p *provider) paging(ctx context.Context) Finding {
	all, err := p.rowsBy(ctx, customers)
	if err != nil {
		return queryFailed(err)
	}
	if f, paged := p.pickersLack(ctx, all); paged {
		return f
	}
	sellers, err := p.rowsBy(ctx, resellers)
	if err != nil {
		return skip("there are no usages of resellers to compare with")
	}
	for _, seller := range sellers {
		var own amount
		for _, row := range all {
			if row.ParentID == seller.ID {
				own.add(row.Actual)
			}
		}
		if !seller.Actual.exceeds(own) || seller.Actual.sign() == 0 {
			continue
		}
		rows, err := decode[[]usage](p.query(ctx, query.Usages, query.Params{View: customers, ResellerID: seller.ID}))
		switch missing := countOther(rows, all); {
		case err != nil && !declined(err):
			return queryFailed(err)
		case missing > 0:
			return fail(pagingAdvice, "usages has %s, and lacks %s of the reseller %s",
				count(len(all), "row", "rows"), count(missing, "customer", "customers"), short(seller.ID))
		}
		break
	}
	return pass("no list lacks what another one has")
}

// countOther counts the rows whose ids others do not have.
func countOther(rows, others []usage) (n int) {
	for _, row := range rows {
		if !slices.ContainsFunc(others, func(u usage) bool { return u.ID == row.ID }) {
			n++
		}
	}
	return n
}

// pickersLack reports whether usages have rows with costs that the picker of their level does not have.
func (p *provider) pickersLack(ctx context.Context, all []usage) (Finding, bool) {
	below, _ := p.rowsBy(ctx, subscriptions) // without them, there is nothing to look for
	below = slices.DeleteFunc(below, func(u usage) bool { return u.ParentID != someone(all).ID })
	sellers, _ := p.rowsBy(ctx, resellers)
	for _, level := range []struct {
		picker *query.Endpoint
		rows   []usage
	}{{query.Customers, all}, {query.Subscriptions, below}, {query.Resellers, sellers}} {
		choices, err := decode[[]choice](p.responses[level.picker], nil)
		if p.responses[level.picker] == nil || err != nil {
			continue
		}
		missing := 0
		for _, row := range level.rows {
			if row.Actual.sign() > 0 && !slices.Contains(choices, choice{row.ID}) {
				missing++
			}
		}
		if missing > 0 {
			return fail(pagingAdvice, "%s has %s, and lacks %s that usages has",
				level.picker.Name, count(len(choices), "choice", "choices"), count(missing, "row", "rows")), true
		}
	}
	return Finding{}, false
}

// emptyFilters compares the usages of all customers with those of a query without the filters that are empty.
func (p *provider) emptyFilters(ctx context.Context) Finding {
	with, err := decode[[]usage](p.responses[query.Usages], nil)
	if err != nil {
		return queryFailed(err)
	}
	without, err := decode[[]usage](p.sparse(ctx, query.Usages, query.Params{}))
	switch {
	case declined(err):
		return warn("nothing; the gateway sends all filters", "Rocket refuses a query without the empty filters")
	case err != nil:
		return queryFailed(err)
	case len(with) != len(without) || countOther(with, without) > 0 || !total(with).equals(total(without)):
		return fail("report this: the gateway sends all filters, and an empty one must select everything",
			"with empty filters there are %s, without them %d", count(len(with), "row", "rows"), len(without))
	}
	return pass("an empty filter is the same as an omitted one")
}

func total(rows []usage) (sum amount) {
	for _, row := range rows {
		sum.add(row.Actual)
	}
	return sum
}

// emptyLists looks how Rocket writes empty lists, which the gateway hides from its callers.
func (p *provider) emptyLists(ctx context.Context) Finding {
	var seen, null []string
	for _, e := range []*query.Endpoint{query.Usages, query.ByDay, query.Subscriptions} {
		body, err := p.sparse(ctx, e, query.Params{CustomerID: p.unused()})
		if err != nil && !declined(err) {
			return queryFailed(err)
		}
		if err == nil {
			seen = append(seen, e.Name)
		}
		if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
			null = append(null, e.Name)
		}
	}
	switch {
	case len(null) > 0:
		return warn("nothing; the gateway's callers get [], others must be ready for null", "an empty list of %s is null", strings.Join(null, ", "))
	case len(seen) == 0:
		return skip("Rocket refuses an id that does not exist")
	}
	return pass("an empty list of %s is []", strings.Join(seen, ", "))
}
