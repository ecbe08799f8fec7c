package doctor

import (
	"context"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// caseOfIDs queries an id in another case. Callers' ids are compared exactly.
func caseOfIDs(ctx context.Context, p *provider) Finding {
	all, err := p.rowsBy(ctx, customers)
	if err != nil {
		return queryFailed(err)
	}
	if len(all) == 0 {
		return skip(noCosts)
	}
	below, _ := p.rowsBy(ctx, subscriptions) // views has reported an error
	name, params := otherCase(all, below)
	if name == "" {
		return pass("ids of customers and subscriptions have no letters")
	}
	rows, err := decode[[]usage](p.query(ctx, query.Usages, params))
	switch {
	case len(rows) > 0:
		return fail("have issuers of tokens spell ids as Rocket does: the gateway takes another spelling for another id",
			"a %s has its rows too if the case of its id is changed", name)
	case err != nil && !declined(err):
		return queryFailed(err)
	}
	return pass("an id in another case is another id")
}

// otherCase returns a query for the first id with letters, in the other case, and what it is the id of.
func otherCase(all, below []usage) (name string, params query.Params) {
	for _, row := range all {
		if id := swapped(row.ID); id != row.ID {
			return "customer", query.Params{View: customers, CustomerID: id}
		}
	}
	for _, row := range below {
		if id := swapped(row.ID); id != row.ID {
			return "subscription", query.Params{View: subscriptions, SubscriptionID: id}
		}
	}
	return "", query.Params{}
}

// swapped returns text in upper case, or in lower case if it has been in the upper one.
func swapped(text string) string {
	if upper := strings.ToUpper(text); upper != text {
		return upper
	}
	return strings.ToLower(text)
}
