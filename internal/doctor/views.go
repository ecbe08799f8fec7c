package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The views of usages that are tested.
const (
	customers     = "customers"
	subscriptions = "subscriptions"
	resellers     = "resellers"
)

// rowsBy returns the usages of the previous month in a view; of subscriptions, those of one customer alone, which are fewer.
func (p *provider) rowsBy(ctx context.Context, view string) ([]usage, error) {
	all, err := decode[[]usage](p.responses[query.Usages], nil)
	if err != nil || view == customers {
		return all, err
	}
	params := query.Params{View: view}
	if view == subscriptions {
		params.CustomerID = example(all).ID
	}
	return decode[[]usage](p.recall(ctx, query.Usages, params))
}

// example returns the first row that has costs, or the first one; a row without an id if there are none.
func example(rows []usage) usage {
	if i := slices.IndexFunc(rows, func(u usage) bool { return u.ID != "" && u.Actual.sign() > 0 }); i >= 0 {
		return rows[i]
	}
	return append(rows, usage{})[0]
}

// rowsOfViews queries usages by each view: every row must have the type that the view names, and must not contain others. The row filter
// depends on the type; whatever adds up rows would count costs twice.
func rowsOfViews(ctx context.Context, p *provider) Finding {
	var refused, empty []string
	for _, view := range []string{customers, subscriptions, resellers} {
		rows, err := p.rowsBy(ctx, view)
		switch wrong := slices.IndexFunc(rows, func(u usage) bool { return u.ResourceType != view }); {
		case declined(err):
			refused = append(refused, view)
		case err != nil:
			return queryFailed(err)
		case len(rows) == 0:
			empty = append(empty, view)
		case wrong >= 0:
			return fail("report this: callers with access to some ids only would see none of these rows",
				"view=%s has rows of the type %q", view, rows[wrong].ResourceType)
		}
		if id := containing(rows); id != "" {
			return fail("report this: sums of these rows count costs twice", "view=%s has a row %s that contains others", view, short(id))
		}
	}
	switch {
	case len(refused) > 0:
		return warn("nothing; callers that use this view get an error", "Rocket refuses the account view=%s", strings.Join(refused, ", "))
	case len(empty) > 0:
		return skip("view=%s has no rows for the previous month", strings.Join(empty, ", "))
	}
	return pass("customers, subscriptions and resellers have rows of that type, none of which contains another")
}

// containing returns the id of a row that is the parent of others and costs what they cost, or "". Ids of different levels may be equal.
func containing(rows []usage) string {
	children := map[string]*amount{}
	for _, row := range rows {
		if children[row.ParentID] == nil {
			children[row.ParentID] = &amount{}
		}
		children[row.ParentID].add(row.Actual)
	}
	for _, row := range rows {
		if sum := children[row.ID]; sum != nil && row.ParentID != row.ID && sum.sign() > 0 && sum.equals(row.Actual) {
			return row.ID
		}
	}
	return ""
}

// uniqueIDs looks for ids that several rows have. Rows of several months are joined by their ids.
func uniqueIDs(ctx context.Context, p *provider) Finding {
	for _, view := range []string{customers, subscriptions, resellers} {
		rows, err := p.rowsBy(ctx, view) // views has queried them
		if err != nil {
			continue
		}
		if id := repeated(rows, func(u usage) string { return u.ID }); id != "" {
			return fail("report this: rows cannot be distinguished", "view=%s has several rows with the id %s", view, short(id))
		}
	}
	for _, e := range []*query.Endpoint{query.Customers, query.Subscriptions, query.Resellers} {
		rows, err := decode[[]choice](p.responses[e], nil)
		if p.responses[e] == nil || err != nil {
			continue
		}
		if id := repeated(rows, func(c choice) string { return c.Value }); id != "" {
			return fail("report this: choices cannot be distinguished", "%s has several choices with the value %s", e.Name, short(id))
		}
	}
	return pass("every row of usages and every choice has its own id")
}

// repeated returns an id that several rows have, or "".
func repeated[T any](rows []T, id func(T) string) string {
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[id(row)] {
			return id(row)
		}
		seen[id(row)] = true
	}
	return ""
}
