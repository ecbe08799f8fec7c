package doctor

import (
	"context"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Ids that do not exist, in the forms that ids have.
const (
	unusedGUID   = "00000000-0000-4000-8000-00000000d0c7"
	unusedNumber = "999999999999"
	unusedText   = "doctor-unused"
)

// unused returns an id of a customer that does not exist.
func (p *provider) unused() string {
	if p.id == query.Azure {
		return unusedGUID
	}
	return unusedNumber
}

// unknownID queries a customer and other things that do not exist. That two ids together select nothing, filters together tests.
func (p *provider) unknownID(ctx context.Context) Finding {
	for _, unknown := range []struct {
		name   string
		params query.Params
	}{
		{"customer", query.Params{CustomerID: p.unused()}},
		{"distributor", query.Params{DistributorID: p.unused()}},
		{"subscription", query.Params{SubscriptionID: p.unused()}},
		{"resource group", query.Params{ResourceGroup: unusedText}},
		{"resource", query.Params{ResourceID: unusedText}},
	} {
		unknown.params.View = customers
		rows, err := decode[[]usage](p.query(ctx, query.Usages, unknown.params))
		switch {
		case declined(err):
			return warn("nothing; callers who name such an id get an error",
				"Rocket refuses a %s that does not exist with status %d", unknown.name, fault.Of(err).Status)
		case err != nil:
			return queryFailed(err)
		case len(rows) > 0:
			return fail(narrowAdvice, "a %s that does not exist has %s", unknown.name, count(len(rows), "row", "rows"))
		}
	}
	return pass("a customer that does not exist has no rows, and so have other ids")
}

// caseOfIDs queries an id in another case. Callers' ids are compared exactly.
func (p *provider) caseOfIDs(ctx context.Context) Finding {
	all, err := p.rowsBy(ctx, customers)
	if err != nil {
		return queryFailed(err)
	}
	below, _ := p.rowsBy(ctx, subscriptions) // views has reported an error
	var rows []usage
	switch name, params := otherCase(all, below); {
	case name == "":
		return pass("ids of customers and subscriptions have no letters")
	default:
		rows, err = decode[[]usage](p.query(ctx, query.Usages, params))
		if len(rows) > 0 {
			return fail("have issuers of tokens spell ids as Rocket does: the gateway takes another spelling for another id",
				"a %s has its rows too if the case of its id is changed", name)
		}
	}
	if err != nil && !declined(err) {
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
