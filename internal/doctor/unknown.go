package doctor

import (
	"context"

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
func unknownID(ctx context.Context, p *provider) Finding {
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
			return warn("nothing; callers that name such an id get an error",
				"Rocket refuses a %s that does not exist with status %d", unknown.name, fault.Of(err).Status)
		case err != nil:
			return queryFailed(err)
		case len(rows) > 0:
			return fail(narrowAdvice, "a %s that does not exist has %s", unknown.name, count(len(rows), "row", "rows"))
		}
	}
	return pass("a customer that does not exist has no rows, and so have other ids")
}
