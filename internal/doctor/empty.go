package doctor

import (
	"bytes"
	"context"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// emptyFilters compares the usages of all customers with those of a query without the filters that are empty.
func emptyFilters(ctx context.Context, p *provider) Finding {
	with, err := decode[[]usage](p.responses[query.Usages], nil)
	if err != nil {
		return queryFailed(err)
	}
	without, err := decode[[]usage](p.sparse(ctx, query.Usages, query.Params{}))
	switch {
	case declined(err):
		return warn("nothing; the gateway sends all filters", "Rocket refuses a query without the empty filters")
	case err != nil:
		return queryFailed(err)
	case len(with) == 0 && len(without) == 0:
		return skip(noCosts)
	case len(with) != len(without) || countOther(with, without) > 0 || !total(with).equals(total(without)):
		return fail("report this: the gateway sends all filters, and an empty one must select everything",
			"with empty filters there are %s, without them %d", count(len(with), "row", "rows"), len(without))
	}
	return pass("an empty filter is the same as an omitted one")
}

func total(rows []usage) (sum amount) {
	for _, row := range rows {
		sum.add(row.Actual)
	}
	return sum
}

// emptyLists looks how Rocket writes empty lists, which the gateway hides from its callers.
func emptyLists(ctx context.Context, p *provider) Finding {
	var seen, null []string
	for _, e := range []*query.Endpoint{query.Usages, query.ByDay, query.Subscriptions} {
		body, err := p.sparse(ctx, e, query.Params{CustomerID: p.unused()})
		if err != nil && !declined(err) {
			return queryFailed(err)
		}
		if err == nil {
			seen = append(seen, e.Name)
		}
		if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
			null = append(null, e.Name)
		}
	}
	switch {
	case len(null) > 0:
		return warn("nothing; the gateway's callers get [], others must be ready for null",
			"an empty list of %s is null", strings.Join(null, ", "))
	case len(seen) == 0:
		return skip("Rocket refuses an id that does not exist")
	}
	return pass("an empty list of %s is []", strings.Join(seen, ", "))
}
