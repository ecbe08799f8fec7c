package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// views asks for usages by each view: every row must be of the type that the view names. Lists are cut by that.
func (s *site) views(ctx context.Context) result {
	var customers []usage
	if err := decode(s.answers[query.Usages], &customers); err != nil {
		return unanswered(err)
	}
	var refused, empty []string
	for _, view := range []string{"customers", "subscriptions", "resellers"} {
		rows, err := s.seenBy(ctx, view, customers)
		wrong := slices.IndexFunc(rows, func(u usage) bool { return u.ResourceType != view })
		switch {
		case declined(err):
			refused = append(refused, view)
		case err != nil:
			return unanswered(err)
		case len(rows) == 0:
			empty = append(empty, view)
		case wrong >= 0:
			return fail("report this: callers who may see some ids only would see none of these rows",
				"view=%s gives rows of the type %q", view, rows[wrong].ResourceType)
		}
	}
	switch {
	case len(refused) > 0:
		return warn("nothing; callers who ask so get an error", "Rocket refuses the account view=%s", strings.Join(refused, ", "))
	case len(empty) > 0:
		return skip("view=%s has no rows for the previous month", strings.Join(empty, ", "))
	}
	return good("customers, subscriptions and resellers have rows of that type")
}

// seenBy asks for the usages by a view. Those by customers are there; the subscriptions are one customer's.
func (s *site) seenBy(ctx context.Context, view string, customers []usage) ([]usage, error) {
	p := query.Params{View: view}
	switch {
	case view == "customers":
		return customers, nil
	case view == "subscriptions" && len(customers) > 0:
		p.CustomerID = customers[0].ID
	}
	return s.rows(ctx, p)
}
