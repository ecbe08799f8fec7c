package doctor

import (
	"context"
	"fmt"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// omittedFilters compares the total of the default filters with that of a query without those that "all" omits: it includes the former.
func (p *provider) omittedFilters(ctx context.Context) Finding {
	type total struct{ Actual float64 }
	some, err := decode[total](p.responses[query.Indicators], nil)
	if err != nil {
		return queryFailed(err)
	}
	all, err := decode[total](p.query(ctx, query.Indicators, query.Params{InvoiceType: "all", Catalog: []string{"all"}}))
	switch {
	case declined(err):
		return warn("nothing; callers who give all get an error", "Rocket refuses a query without invoice_type and catalog")
	case err != nil:
		return queryFailed(err)
	case some.Actual <= 0:
		return skip(noCosts)
	}
	if f, ignored := p.ignoredSelection(ctx); ignored {
		return f
	}
	switch {
	case same(some.Actual, all.Actual):
		return pass("the total is the same without invoice_type and catalog: there is one type, or there are no costs of others")
	case all.Actual < some.Actual:
		return fail("report this: invoice_type=all and catalog=all show callers less than a part of it",
			"the total is %s without invoice_type and catalog", percent(1-all.Actual/some.Actual, "lower"))
	}
	return pass("the total is %s without invoice_type and catalog, as the vendor's SDK asks for it",
		percent(all.Actual/some.Actual-1, "higher"))
}

func percent(share float64, than string) string { return fmt.Sprintf("%.1f %% %s", 100*share, than) }

// ignoredSelection reports whether costs are left if invoice_type or catalog has a value that does not exist.
func (p *provider) ignoredSelection(ctx context.Context) (Finding, bool) {
	for _, unknown := range []struct {
		name   string
		params query.Params
	}{{"invoice_type", query.Params{InvoiceType: unusedText}}, {"catalog", query.Params{Catalog: []string{unusedText}}}} {
		body, err := p.query(ctx, query.Indicators, unknown.params)
		sum, err := totalOf(query.Indicators, body, err)
		switch {
		case declined(err):
		case err != nil:
			return queryFailed(err), true
		case sum.sign() != 0:
			return fail("report this: callers see other costs than they select", "%s has no effect: there are costs of a value that does not exist", unknown.name), true
		}
	}
	return Finding{}, false
}
