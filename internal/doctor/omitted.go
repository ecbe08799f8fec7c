package doctor

import (
	"context"
	"fmt"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// omittedFilters compares the total of the default filters with that of a query without those that "all" omits: it includes the former.
func omittedFilters(ctx context.Context, p *provider) Finding {
	type total struct{ Actual float64 }
	some, err := decode[total](p.responses[query.Indicators], nil)
	if err != nil {
		return queryFailed(err)
	}
	all, err := decode[total](p.query(ctx, query.Indicators, query.Params{InvoiceType: "all", Catalog: []string{"all"}}))
	switch {
	case declined(err):
		return warn("nothing; callers that send all get an error", "Rocket refuses a query without invoice_type and catalog")
	case err != nil:
		return queryFailed(err)
	case some.Actual <= 0:
		return skip(noCosts)
	case all.Actual < some.Actual && !same(all.Actual, some.Actual):
		return fail("report this: invoice_type=all and catalog=all show callers less than a part of it",
			"the total is %s without invoice_type and catalog", percent(1-all.Actual/some.Actual, "lower"))
	}
	if f, wrong := wrongSelection(ctx, p, same(some.Actual, all.Actual)); wrong {
		return f
	}
	if same(some.Actual, all.Actual) {
		return pass("the total is the same without invoice_type and catalog: there is one type, or there are no costs of others")
	}
	return pass("the total is %s without invoice_type and catalog, as the vendor's SDK requests it",
		percent(all.Actual/some.Actual-1, "higher"))
}

func percent(share float64, than string) string { return fmt.Sprintf("%.1f %% %s", 100*share, than) }

// selection is a query that must find no costs.
type selection struct {
	query.Params
	wrong string // what it means if it finds some
}

// wrongSelection reports whether values of invoice_type and catalog that do not exist have costs, or the second type if the total of all
// is that of the first one.
func wrongSelection(ctx context.Context, p *provider, same bool) (Finding, bool) {
	selections := []selection{
		{query.Params{InvoiceType: unusedText}, "an invoice_type that does not exist has costs"},
		{query.Params{Catalog: []string{unusedText}}, "a catalog that does not exist has costs"},
	}
	if same {
		selections = append(selections, selection{query.Params{InvoiceType: "2"}, "invoice_type=2 has costs, invoice_type=all has none of them"})
	}
	for _, s := range selections {
		body, err := p.query(ctx, query.Indicators, s.Params)
		sum, err := totalOf(query.Indicators, body, err)
		switch {
		case declined(err): // so it has no effect on what callers see
		case err != nil:
			return queryFailed(err), true
		case sum.sign() != 0:
			return fail("report this: callers see other costs than they select", "%s", s.wrong), true
		}
	}
	return Finding{}, false
}
