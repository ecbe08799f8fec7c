package tenancy

import (
	"maps"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Reach is what a caller needs to know of its own grants at a provider, to offer the choices that there are.
type Reach struct {
	Denied string   // why nothing may be asked; empty where something may
	Level  string   // distributors, resellers or customers
	Bounds []Bound  // from high to low; all of them apply
	Views  []string // that may be named; the known ones where any may
	Costs  []string // that may be named whatever is asked; the known ones where any may
}

// Bound is what is granted of one type.
type Bound struct {
	Type string
	All  bool
	IDs  []string // sorted; none where All is set
}

// Reach says what the profiles grant at a provider.
func (p Profiles) Reach(provider query.Provider) Reach {
	g, err := p.at(provider)
	if err != nil {
		return Reach{Denied: fault.Of(err).Detail}
	}
	r := Reach{Level: g.level.String(), Views: g.views(), Costs: g.costs(&query.Query{})}
	for _, b := range g.bounds {
		if b != nil {
			r.Bounds = append(r.Bounds, Bound{Type: b.level.String(), All: b.all, IDs: slices.Clone(b.ids)})
		}
	}
	return r
}

// views are the known ones that may be named, from high to low.
func (g *grant) views() (allowed []string) {
	for _, v := range views {
		if g.allowsView(v.name) {
			allowed = append(allowed, v.name)
		}
	}
	return allowed
}

// costs are those that may be named in q, the levels first, from high to low.
func (g *grant) costs(q *query.Query) (allowed []string) {
	for _, cost := range slices.Concat(names[:], g.listedCosts()) {
		if g.allowsCost(cost, q) && !slices.Contains(allowed, cost) {
			allowed = append(allowed, cost)
		}
	}
	return allowed
}

// listedCosts are those that any profile lists, sorted.
func (g *grant) listedCosts() []string {
	all := map[string]struct{}{}
	for _, b := range g.bounds {
		if b != nil {
			for cost := range b.priced {
				all[cost] = struct{}{}
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}
