package doctor

import (
	"context"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const narrowAdvice = "serve no callers whose profiles grant a part: filters do not keep the rest from them"

// family is what two filters are tried on: something, what it belongs to, and what it does not belong to.
type family struct {
	child, parent, stranger string
	kind, above             string // what they are
	ask                     func(child, above string) query.Params
}

// filters asks for a child within its parent, which must be it alone, and within another parent, where nothing is.
func (s *site) filters(ctx context.Context) result {
	f, found, err := s.family(ctx)
	switch {
	case err != nil:
		return unanswered(err)
	case !found:
		return skip("there are too few customers with costs in the previous month")
	}
	within, err := s.rows(ctx, f.ask(f.child, f.parent))
	if err != nil {
		return unanswered(err)
	}
	others := slices.DeleteFunc(slices.Clone(within), func(u usage) bool { return u.ID == f.child })
	switch {
	case len(others) > 0:
		return fail(narrowAdvice, "%s %s together with its %s %s gives %s of others",
			f.kind, short(f.child), f.above, short(f.parent), count(len(others), "row", "rows"))
	case len(within) == 0:
		return fail("report this: the gateway relates them by parent_id",
			"%s %s together with its %s %s gives nothing", f.kind, short(f.child), f.above, short(f.parent))
	}
	apart, err := s.rows(ctx, f.ask(f.child, f.stranger))
	switch {
	case declined(err): // nothing is shown either
	case err != nil:
		return unanswered(err)
	case len(apart) > 0:
		return fail(narrowAdvice, "%s %s together with %s %s, which is not its own, gives %s",
			f.kind, short(f.child), f.above, short(f.stranger), count(len(apart), "row", "rows"))
	}
	return good("a %s gives itself with its own %s, and nothing with another", f.kind, f.above)
}

// family finds two customers of different resellers; where there is one reseller alone, two customers and a subscription.
func (s *site) family(ctx context.Context) (f family, found bool, err error) {
	var rows []usage
	var resellers []choice
	if err := decode(s.answers[query.Usages], &rows); err != nil {
		return f, false, err
	}
	if s.answers[query.Resellers] != nil {
		if err := decode(s.answers[query.Resellers], &resellers); err != nil {
			return f, false, err
		}
	}
	rows = slices.DeleteFunc(rows, func(u usage) bool { return u.ID == "" })
	below := func(u usage) bool { return u.ParentID != "" && slices.Contains(resellers, choice{u.ParentID}) }
	one := slices.IndexFunc(rows, below)
	other := slices.IndexFunc(rows, func(u usage) bool { return one >= 0 && below(u) && u.ParentID != rows[one].ParentID })
	if other < 0 {
		return s.smallFamily(ctx, rows)
	}
	f = family{rows[one].ID, rows[one].ParentID, rows[other].ParentID, "customer", "reseller", func(child, above string) query.Params {
		return query.Params{View: "customers", CustomerID: child, ResellerID: above}
	}}
	return f, true, nil
}

// smallFamily is a subscription of one of two customers.
func (s *site) smallFamily(ctx context.Context, rows []usage) (f family, found bool, err error) {
	other := slices.IndexFunc(rows, func(o usage) bool { return o.ID != rows[0].ID })
	if other < 0 {
		return f, false, nil
	}
	below, err := s.rows(ctx, query.Params{View: "subscriptions", CustomerID: rows[0].ID})
	own := slices.IndexFunc(below, func(u usage) bool { return u.ID != "" && u.ParentID == rows[0].ID })
	if err != nil || own < 0 {
		return f, false, err
	}
	f = family{below[own].ID, rows[0].ID, rows[other].ID, "subscription", "customer", func(child, above string) query.Params {
		return query.Params{View: "subscriptions", SubscriptionID: child, CustomerID: above}
	}}
	return f, true, nil
}
