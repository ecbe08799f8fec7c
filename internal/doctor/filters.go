package doctor

import (
	"context"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	narrowAdvice = "serve no callers whose profiles grant a part: filters do not keep the rest from them"
	noCosts      = "there are no costs in the previous month"
	tooFew       = "there are too few customers with costs in the previous month"
)

// familyOf has the ids that two filters are tested with: a child, its parent, and another parent.
type family struct {
	child, parent, stranger string
	kind, parentKind        string
	params                  func(child, parent string) query.Params
}

// filtersTogether queries a child within its parent, which must return the child alone, and within another parent: no rows.
func filtersTogether(ctx context.Context, p *provider) Finding {
	f, err := familyOf(ctx, p)
	switch {
	case err != nil:
		return queryFailed(err)
	case f == nil:
		return skip(tooFew)
	}
	within, err := decode[[]usage](p.query(ctx, query.Usages, f.params(f.child, f.parent)))
	if err != nil {
		return queryFailed(err)
	}
	others := slices.DeleteFunc(slices.Clone(within), func(u usage) bool { return u.ID == f.child })
	switch {
	case len(others) > 0:
		return fail(narrowAdvice, "%s %s together with its %s %s has %s of others",
			f.kind, short(f.child), f.parentKind, short(f.parent), count(len(others), "row", "rows"))
	case len(within) == 0:
		return fail("report this: the gateway relates them by parent_id",
			"%s %s together with its %s %s has no rows", f.kind, short(f.child), f.parentKind, short(f.parent))
	}
	apart, err := decode[[]usage](p.query(ctx, query.Usages, f.params(f.child, f.stranger)))
	switch {
	case err != nil && !declined(err): // a refusal shows no rows either
		return queryFailed(err)
	case len(apart) > 0:
		return fail(narrowAdvice, "%s %s together with %s %s, which it does not belong to, has %s",
			f.kind, short(f.child), f.parentKind, short(f.stranger), count(len(apart), "row", "rows"))
	}
	return pass("a %s has its own row with its own %s, and none with another", f.kind, f.parentKind)
}

// familyOf returns two customers of different resellers. If there is only one reseller, it returns two customers and a subscription; if
// there is only one customer, nil.
func familyOf(ctx context.Context, p *provider) (*family, error) {
	rows, err := decode[[]usage](p.responses[query.Usages], nil)
	if err != nil {
		return nil, err
	}
	var resellers []struct{ Value string }
	if body := p.responses[query.Resellers]; body != nil {
		if resellers, err = decode[[]struct{ Value string }](body, nil); err != nil {
			return nil, err
		}
	}
	rows = slices.DeleteFunc(rows, func(u usage) bool { return u.ID == "" })
	ofReseller := func(u usage) bool {
		return u.ParentID != "" && slices.Contains(resellers, struct{ Value string }{u.ParentID})
	}
	one := slices.IndexFunc(rows, ofReseller)
	other := slices.IndexFunc(rows, func(u usage) bool { return one >= 0 && ofReseller(u) && u.ParentID != rows[one].ParentID })
	if other >= 0 {
		return &family{rows[one].ID, rows[one].ParentID, rows[other].ParentID, "customer", "reseller", func(child, parent string) query.Params {
			return query.Params{View: "customers", CustomerID: child, ResellerID: parent}
		}}, nil
	}
	if len(rows) == 0 {
		return nil, nil
	}
	parent := example(rows)
	if other = slices.IndexFunc(rows, func(u usage) bool { return u.ID != parent.ID }); other < 0 {
		return nil, nil
	}
	below, err := p.rowsBy(ctx, subscriptions)
	own := slices.IndexFunc(below, func(u usage) bool { return u.ID != "" && u.ParentID == parent.ID })
	if err != nil || own < 0 {
		return nil, err
	}
	return &family{below[own].ID, parent.ID, rows[other].ID, "subscription", "customer", func(child, parent string) query.Params {
		return query.Params{View: subscriptions, SubscriptionID: child, CustomerID: parent}
	}}, nil
}
