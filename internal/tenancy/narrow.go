package tenancy

import "github.com/rocket-gateway/rocket-gateway/internal/query"

// Narrow makes q the question that Rocket may be asked for a caller with these profiles, with the cut that its answer needs
// before the caller sees it. It fills in what the caller cannot choose, and the defaults that depend on the level: the result
// is complete. q is one that query.New gave.
//
// The error is fault.Forbidden where the profiles do not grant what is asked, whatever else is wrong; else
// fault.InvalidRequest, naming every parameter that the caller has to choose.
func (p Profiles) Narrow(q query.Query) (query.Query, Cut, error) {
	g, err := p.at(q.Provider)
	if err != nil {
		return query.Query{}, Cut{}, err
	}
	g.fill(&q)
	if err := g.refuse(&q); err != nil {
		return query.Query{}, Cut{}, err
	}
	if err := g.choose(&q); err != nil {
		return query.Query{}, Cut{}, err
	}
	return q, g.cut(&q), nil
}

// fill gives the question what it does not say and the profiles leave no choice about.
func (g *grant) fill(q *query.Query) {
	for _, b := range g.bounds {
		if b == nil {
			continue
		}
		if id := b.level.named(q); *id == "" {
			*id = b.one()
		}
	}
	if q.Cost == "" {
		q.Cost = g.defaultCost()
	}
	given := q.View
	*q = q.Complete()
	if given == "" && !g.allowsView(q.View) {
		q.View = g.level.String()
	}
}

// cut is what an answer needs whose rows are companies of a bound. A bound to one id is no exception: that Rocket gives
// what the filters say is not left to faith where it can be seen.
func (g *grant) cut(q *query.Query) Cut {
	l, ok := listed(q)
	switch {
	case !ok || g.bounds[l] == nil:
		return Cut{}
	case q.Endpoint.Picker:
		return g.bounds[l].choices
	default:
		return g.bounds[l].usages
	}
}
