package tenancy

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Access is what a caller may ask of a provider, for a client that offers its user the choices.
type Access struct {
	Denied string   // why the caller may ask nothing; empty if it may ask something
	Level  string   // distributors, resellers or customers
	Bounds []Bound  // from high to low; all of them apply
	Views  []string // that may be named; the known ones if any may
	Costs  []string // that may be named in every query; the known ones if any may

	// Distributors and Resellers are the ids of that level that narrowed queries name, "" standing for none; nil: any.
	Distributors, Resellers []string
}

// Bound is what is granted of one type.
type Bound struct {
	Type string
	All  bool
	IDs  []string // sorted; none if All is set
}

// Access returns what the profiles grant at a provider.
func (p Profiles) Access(provider query.Provider) Access {
	g, err := p.at(provider)
	if err != nil {
		return Access{Denied: fault.Of(err).Detail}
	}
	a := Access{
		Level: g.level.String(), Views: slices.Clone(g.views), Costs: g.costs(&query.Query{}),
		Distributors: g.named(distributors), Resellers: g.named(resellers),
	}
	for _, b := range g.bounds {
		if b != nil {
			a.Bounds = append(a.Bounds, Bound{Type: b.level.String(), All: b.all, IDs: slices.Clone(b.ids)})
		}
	}
	return a
}

// named returns the ids of a level that narrowed queries name, "" standing for none; nil: any.
func (g *grant) named(l level) []string {
	b := g.bounds[l]
	switch {
	case b == nil && l <= g.level:
		return []string{""}
	case b == nil || b.all:
		return nil
	case len(b.ids) > 1 && l == g.level && l != distributors: // the list of the level's own rows needs none
		return append(slices.Clone(b.ids), "")
	}
	return slices.Clone(b.ids)
}
