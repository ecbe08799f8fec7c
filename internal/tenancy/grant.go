package tenancy

import "github.com/rocket-gateway/rocket-gateway/internal/query"

// grant is what all profiles of one provider allow together.
type grant struct {
	provider query.Provider
	broken   bool           // one of them cannot be understood
	bounds   [levels]*bound // nil where no profile is of the type; all of them apply
	level    level          // the lowest that has a bound
}

func (g *grant) add(p *profile) {
	if p.broken {
		g.broken = true
		return
	}
	if g.bounds[p.level] == nil {
		g.bounds[p.level] = &bound{level: p.level, priced: map[string]*set{}}
	}
	g.bounds[p.level].add(p)
}

func (g *grant) seal() {
	for _, b := range g.bounds {
		if b != nil {
			b.seal()
			g.level = b.level
		}
	}
}

// free says whether any view and cost may be named.
func (g *grant) free() bool { return g.level == distributors && g.bounds[distributors].all }

// allowsView says whether rows of a view may be shown.
func (g *grant) allowsView(name string) bool {
	v, known := viewNamed(name)
	return g.free() || known && g.level <= v.lowest
}

// allowsCost says whether the answer to q may show the prices of cost. Each type of profiles has to allow it.
func (g *grant) allowsCost(cost string, q *query.Query) bool {
	for _, b := range g.bounds {
		if b != nil && !b.allows(cost, *b.level.named(q)) {
			return false
		}
	}
	return true
}

// defaultCost is what the level itself pays; distributors are shown what they charge.
func (g *grant) defaultCost() string { return max(g.level, resellers).String() }
