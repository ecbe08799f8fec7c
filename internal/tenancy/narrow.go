package tenancy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Narrow returns the query that Rocket may be asked for a caller with these profiles, and the filter that the response needs
// before the caller sees it. It fills in what the caller cannot choose, and the defaults that depend on the level: the result
// is complete. q is one that query.New returned.
//
// The error is fault.Forbidden if the profiles do not grant what q asks for, whatever else is wrong; else
// fault.InvalidRequest, naming every parameter that the caller has to choose.
func (p Profiles) Narrow(q query.Query) (query.Query, RowFilter, error) {
	g, err := p.at(q.Provider)
	if err != nil {
		return query.Query{}, RowFilter{}, err
	}
	g.fill(&q)
	if err := g.check(&q); err != nil {
		return query.Query{}, RowFilter{}, err
	}
	if open := g.open(&q, nil); open != nil {
		return query.Query{}, RowFilter{}, &fault.Error{Kind: fault.InvalidRequest, Params: open}
	}
	return q, g.filter(&q), nil
}

// Refuse returns the error for a query that lacks its faulty parameters: fault.Forbidden if the profiles do not grant what is left of it,
// however the faults are mended; else fault.InvalidRequest with the faults and every parameter that the caller has to choose.
func (p Profiles) Refuse(q query.Query, faulty []fault.Param) error {
	g, err := p.at(q.Provider)
	if err != nil {
		return err
	}
	if g.lists(q.Cost) && slices.ContainsFunc(parameters[:], func(id string) bool { return names(faulty, id) }) {
		q.Cost = "" // it may be granted for the id that was meant
	}
	g.fill(&q)
	if err := g.check(&q); err != nil {
		return err
	}
	return &fault.Error{Kind: fault.InvalidRequest, Params: slices.Concat(faulty, g.open(&q, faulty))}
}

// at returns the provider's grant; the error is that nothing is granted there.
func (p Profiles) at(provider query.Provider) (*grant, error) {
	g := p.grants[provider]
	switch {
	case p.unreadable:
		return nil, forbidden("The profiles in your token cannot be understood, so they grant nothing. Its issuer must correct them.")
	case g == nil:
		return nil, forbidden("Your token has no profile for ", string(provider), ", and nothing is granted without one. "+
			"Ask its issuer for one, or use a provider that GET /v1/me lists.")
	case g.broken:
		return nil, forbidden("A profile for ", string(provider), " in your token is malformed or of an unknown resource_type, "+
			"which denies the provider as a whole. The token's issuer must correct it.")
	}
	for _, b := range g.bounds {
		if b != nil && b.empty() {
			return nil, forbidden("Your profiles for ", string(provider), " grant no ", b.level.String(), ": their resources are empty or "+
				"not valid. The token's issuer must name ids, or \"*\" alone for all.")
		}
	}
	return g, nil
}

// fill sets what the query leaves open and the profiles leave no choice about.
func (g *grant) fill(q *query.Query) {
	for _, b := range g.bounds {
		if b == nil || len(b.ids) != 1 {
			continue
		}
		if id := b.level.id(q); *id == "" {
			*id = b.ids[0]
		}
	}
	if q.Cost == "" {
		q.Cost = g.defaultCost()
	}
	named := q.View
	*q = q.Complete()
	if named == "" && !g.allowsView(q.View) {
		q.View = g.level.String()
	}
}

// check returns an error unless the query is granted. Its text is about the caller's own grants alone, so that an id that exists
// and one that does not look the same.
func (g *grant) check(q *query.Query) error {
	for l := distributors; l <= g.level; l++ {
		if id := *l.id(q); id != "" && !g.bounds[l].grants(id) {
			return g.forbiddenID(l)
		}
	}
	switch {
	case q.Endpoint == query.Resellers && g.level > resellers:
		return forbidden("The list of resellers is above ", g.ownLevel(), ". Use customers or subscriptions.")
	case !g.allowsView(q.View):
		return forbidden("view names rows that are unknown or above ", g.ownLevel(), ". Use ", either(g.views), ".")
	case !g.allowsCost(q.Cost, q):
		return forbidden("cost names a price that is unknown or above ", g.ownLevel(), ", and that your profiles do not list for all that "+
			"you request. Use ", either(g.costs(q)), ".")
	}
	return nil
}

func (g *grant) forbiddenID(l level) error {
	if g.bounds[l] == nil {
		return forbidden(parameters[l], " is above ", g.ownLevel(), ", and no profile grants it. Leave it out.")
	}
	return forbidden(parameters[l], " is outside your profiles for ", string(g.provider), ". Leave it out, or name one of your ids: "+
		"GET /v1/me lists them.")
}

func (g *grant) ownLevel() string {
	return "your level at " + string(g.provider) + ", which is " + g.level.String()
}

func forbidden(detail ...string) error {
	return &fault.Error{Kind: fault.Forbidden, Detail: strings.Join(detail, "")}
}

// open returns a fault for every bound that the query leaves open, unless the bound's parameter is faulty already. The list of the
// bound's own level may leave it open: its rows are filtered.
func (g *grant) open(q *query.Query, faulty []fault.Param) (open []fault.Param) {
	own, _ := listed(q)
	anyView := q.Endpoint == query.Usages && names(faulty, "view")
	for _, b := range g.bounds {
		if b == nil || b.all || *b.level.id(q) != "" || b.level == own || anyView && g.allowsView(b.level.String()) {
			continue
		}
		if name := parameters[b.level]; !names(faulty, name) {
			open = append(open, fault.Param{Name: name, Message: b.choose()})
		}
	}
	return open
}

// names reports whether one of the faults is of the parameter.
func names(faulty []fault.Param, parameter string) bool {
	return slices.ContainsFunc(faulty, func(p fault.Param) bool { return p.Name == parameter })
}

// maxShown ids of the caller's own are named in a message; /v1/me has them all.
const maxShown = 3

// choose returns a request to choose one of the bound's ids.
func (b *bound) choose() string {
	shown := make([]string, 0, maxShown+1)
	for _, id := range b.ids[:min(maxShown, len(b.ids))] {
		shown = append(shown, strconv.Quote(id))
	}
	if more := len(b.ids) - maxShown; more > 0 {
		shown = append(shown, strconv.Itoa(more)+" more, which GET /v1/me lists")
	}
	return "is needed here, since your profiles grant " + strconv.Itoa(len(b.ids)) + " " + b.level.String() +
		": choose " + either(shown)
}

// filter returns the filter of a response whose rows are companies of a bound, even a bound to one id: whether Rocket applies the
// filters that it is sent is checked wherever rows show it.
func (g *grant) filter(q *query.Query) RowFilter {
	l, ok := listed(q)
	switch {
	case !ok || g.bounds[l] == nil:
		return RowFilter{}
	case q.Endpoint.Picker:
		return g.bounds[l].choices
	default:
		return g.bounds[l].usages
	}
}

// either joins words as in "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
