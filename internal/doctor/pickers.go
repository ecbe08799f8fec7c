package doctor

import (
	"context"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// branch is a query for the choices of one parent, and the rows that show the parents of choices.
type branch struct {
	picker *query.Endpoint
	params query.Params
	parent string
	rows   []usage
}

// pickersOfOthers returns the pickers that offer choices of others: customers of other resellers, resellers of other distributors, and
// subscriptions of other customers.
func pickersOfOthers(ctx context.Context, p *provider, customer usage) (names []string, _ error) {
	for _, b := range branches(ctx, p, customer) {
		if b.parent == "" || p.responses[b.picker] == nil {
			continue
		}
		choices, err := decode[[]choice](p.query(ctx, b.picker, b.params))
		if err != nil && !declined(err) {
			return nil, err
		}
		foreign := func(u usage) bool { return u.ParentID != b.parent && slices.Contains(choices, choice{u.ID}) }
		if slices.ContainsFunc(b.rows, foreign) {
			names = append(names, b.picker.Name)
		}
	}
	foreign, err := foreignSubscription(ctx, p, customer)
	if foreign {
		names = append(names, query.Subscriptions.Name)
	}
	return names, err
}

// branches returns the query for the customers of a customer's reseller, and the one for the resellers of a distributor.
func branches(ctx context.Context, p *provider, customer usage) []branch {
	all, _ := p.rowsBy(ctx, customers) // without rows nothing can be told of their choices
	above, _ := p.rowsBy(ctx, resellers)
	reseller, distributor := "", ""
	if i := slices.IndexFunc(above, func(u usage) bool { return u.ID == customer.ParentID }); i >= 0 {
		reseller, distributor = above[i].ID, above[i].ParentID
	}
	return []branch{
		{query.Customers, query.Params{ResellerID: reseller}, reseller, all},
		{query.Resellers, query.Params{DistributorID: distributor}, distributor, above},
	}
}

// foreignSubscription reports whether the picker of a customer's subscriptions has one of another customer. It looks at the first one that
// the customer's usages do not have.
func foreignSubscription(ctx context.Context, p *provider, customer usage) (bool, error) {
	own, err := p.rowsBy(ctx, subscriptions)
	if err != nil || p.responses[query.Subscriptions] == nil {
		return false, unlessDeclined(err)
	}
	choices, err := decode[[]choice](p.query(ctx, query.Subscriptions, query.Params{CustomerID: customer.ID}))
	i := slices.IndexFunc(choices, func(c choice) bool {
		return !slices.ContainsFunc(own, func(u usage) bool { return u.ID == c.Value })
	})
	if err != nil || i < 0 {
		return false, unlessDeclined(err)
	}
	rows, err := decode[[]usage](p.query(ctx, query.Usages, query.Params{View: customers, SubscriptionID: choices[i].Value}))
	return countOther(rows, []usage{customer}) > 0, unlessDeclined(err)
}

// unlessDeclined returns a failure, but not that Rocket refuses a query: then it shows nothing.
func unlessDeclined(err error) error {
	if declined(err) {
		return nil
	}
	return err
}
