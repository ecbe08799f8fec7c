package tenancy

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// level is a rank in the reseller business, and a type that profiles are of.
type level int

// The levels from high to low.
const (
	distributors level = iota
	resellers
	customers
	levels // how many there are
)

// levelNames are what claims, views, costs and rows call the levels.
var levelNames = [levels]string{"distributors", "resellers", "customers"}

// parameters are those that name an id of each level.
var parameters = [levels]string{"distributor_id", "reseller_id", "customer_id"}

func (l level) String() string { return levelNames[l] }

func levelNamed(name string) (level, bool) {
	i := slices.Index(levelNames[:], name)
	return level(i), i >= 0
}

// id returns the query's field for an id of the level.
func (l level) id(q *query.Query) *string {
	return [levels]*string{&q.DistributorID, &q.ResellerID, &q.CustomerID}[l]
}

// views are the known ones, from high to low, with the lowest level that may see their rows.
var views = []struct {
	name   string
	lowest level
}{{"resellers", resellers}, {"customers", customers}, {"subscriptions", customers}}

// listed returns the level whose companies are the rows of the response, as choices or as usages: such rows have ids to tell them
// apart by.
func listed(q *query.Query) (level, bool) {
	switch {
	case q.Endpoint == query.Customers, q.Endpoint == query.Usages && q.View == levelNames[customers]:
		return customers, true
	case q.Endpoint == query.Resellers, q.Endpoint == query.Usages && q.View == levelNames[resellers]:
		return resellers, true
	}
	return levels, false
}
