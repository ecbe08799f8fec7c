package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// levels are whose prices there are, from low to high price: each sells on with a markup.
var levels = []string{"distributors", "resellers", "customers"}

// price is the total at a level's prices.
type price struct {
	level string
	total float64
}

// costs compares the totals at the three levels' prices. A markup may be nothing, but it is not taken off.
func (s *site) costs(ctx context.Context) result {
	prices, refused, failure := s.prices(ctx)
	switch {
	case failure != nil:
		return unanswered(failure)
	case slices.ContainsFunc(prices, func(p price) bool { return p.total <= 0 }):
		return skip("there are no costs in the previous month")
	case len(prices) < 2:
		return warn("nothing; callers at those levels get an error",
			"Rocket refuses the account cost=%s, so there is nothing to compare", strings.Join(refused, ", "))
	}
	lowest, highest := prices[0], prices[len(prices)-1]
	for i, p := range prices[1:] {
		if before := prices[i]; before.total > p.total && !same(before.total, p.total) {
			return fail("report this: callers are shown prices of another level than asked for",
				"cost=%s shows more than cost=%s, who buy from them", before.level, p.level)
		}
	}
	switch {
	case same(lowest.total, highest.total):
		return warn("find out whether nobody adds a markup; if somebody does, callers are shown prices of another level than asked for",
			"cost makes no difference")
	case len(refused) > 0:
		return good("who buys from another pays more; Rocket refuses the account cost=%s", strings.Join(refused, ", "))
	}
	return good("who buys from another pays more")
}

// prices asks for the totals, but at the level that the question of the contract was about.
func (s *site) prices(ctx context.Context) (prices []price, refused []string, err error) {
	for _, level := range levels {
		body := s.answers[query.Indicators]
		if level != "resellers" {
			body, err = s.ask(ctx, query.Indicators, query.Params{Cost: level})
		}
		var t totals
		if declined(err) {
			refused = append(refused, level)
			err = nil
			continue
		}
		if err == nil {
			err = decode(body, &t)
		}
		if err != nil {
			return nil, nil, err
		}
		prices = append(prices, price{level, t.Actual})
	}
	return prices, refused, nil
}
