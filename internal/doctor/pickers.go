package doctor

import (
	"context"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// deafPickers returns the pickers that offer choices of others: customers of other resellers, resellers of other distributors, and
// subscriptions of other customers.
func (p *provider) deafPickers(ctx context.Context, customer usage) (deaf []string, _ error) {
	all, _ := p.rowsBy(ctx, customers) // without rows nothing can be told of their choices
	sellers, _ := p.rowsBy(ctx, resellers)
	distributor := ""
	if len(sellers) > 0 {
		distributor = sellers[0].ParentID
	}
	seller := customer.ParentID
	if !slices.ContainsFunc(sellers, func(u usage) bool { return u.ID == seller }) {
		seller = ""
	}
	for _, level := range []struct {
		picker *query.Endpoint
		params query.Params
		parent string
		rows   []usage
	}{
		{query.Customers, query.Params{ResellerID: seller}, seller, all},
		{query.Resellers, query.Params{DistributorID: distributor}, distributor, sellers},
	} {
		if level.parent == "" || p.responses[level.picker] == nil {
			continue
		}
		choices, err := decode[[]choice](p.query(ctx, level.picker, level.params))
		if err != nil && !declined(err) {
			return nil, err
		}
		if slices.ContainsFunc(level.rows, func(u usage) bool { return u.ParentID != level.parent && slices.Contains(choices, choice{u.ID}) }) {
			deaf = append(deaf, level.picker.Name)
		}
	}
	foreign, err := p.foreignSubscription(ctx, customer)
	if foreign {
		deaf = append(deaf, query.Subscriptions.Name)
	}
	return deaf, err
}

// foreignSubscription reports whether the picker of a customer's subscriptions has one of another customer. It looks at the first one that
// the customer's usages do not have.
func (p *provider) foreignSubscription(ctx context.Context, customer usage) (bool, error) {
	own, err := p.rowsBy(ctx, subscriptions)
	if err != nil || p.responses[query.Subscriptions] == nil {
		return false, nil
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
