package tenancy

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// level is a rung of the reseller business, and a type that profiles are of.
type level int

// The levels from high to low.
const (
	distributors level = iota
	resellers
	customers
	levels // how many there are
)

// names are what claims, views, costs and rows call the levels.
var names = [levels]string{"distributors", "resellers", "customers"}

// parameters are those that name an id of each level.
var parameters = [levels]string{"distributor_id", "reseller_id", "customer_id"}

// String is the level's name.
func (l level) String() string { return names[l] }

func levelNamed(name string) (level, bool) {
	i := slices.Index(names[:], name)
	return level(i), i >= 0
}

// named is the id of the level that the question names; it is empty where there is none.
func (l level) named(q *query.Query) *string {
	return [levels]*string{&q.DistributorID, &q.ResellerID, &q.CustomerID}[l]
}

// view is what rows may stand for.
type view struct {
	name   string
	lowest level // who stands lower may not see such rows
}

// views are those that are known, from high to low.
var views = []view{{"resellers", resellers}, {"customers", customers}, {"subscriptions", customers}}

func viewNamed(name string) (view, bool) {
	i := slices.IndexFunc(views, func(v view) bool { return v.name == name })
	if i < 0 {
		return view{}, false
	}
	return views[i], true
}

// listed is the level whose list the question asks for, as choices or as usages: such rows can be told apart by their ids.
func listed(q *query.Query) (level, bool) {
	switch {
	case q.Endpoint == query.Customers, q.Endpoint == query.Usages && q.View == names[customers]:
		return customers, true
	case q.Endpoint == query.Resellers, q.Endpoint == query.Usages && q.View == names[resellers]:
		return resellers, true
	}
	return levels, false
}
