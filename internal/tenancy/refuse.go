package tenancy

import (
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// at gives the provider's grant, or why there is none.
func (p Profiles) at(provider query.Provider) (*grant, error) {
	g := p.grants[provider]
	switch {
	case p.unreadable:
		return nil, forbidden("The profiles in your token cannot be understood, so they grant nothing. Its issuer has to mend them.")
	case g == nil:
		return nil, forbidden("Your token has no profile for ", string(provider), ", and nothing is granted without one. "+
			"Ask its issuer for one, or ask for a provider that GET /v1/me lists.")
	case g.broken:
		return nil, forbidden("A profile for ", string(provider), " in your token is malformed or of an unknown resource_type, "+
			"which denies the provider as a whole. The token's issuer has to mend it.")
	}
	for _, b := range g.bounds {
		if b != nil && b.empty() {
			return nil, forbidden("Your profiles for ", string(provider), " grant no ", b.level.String(), ": their resources are empty or "+
				"not valid. The token's issuer has to name ids, or \"*\" alone for all.")
		}
	}
	return g, nil
}

// refuse says why the question is not granted, or nil. The text tells of the caller's own grants and nothing else, so that an
// id that exists and one that does not look the same.
func (g *grant) refuse(q *query.Query) error {
	for l := distributors; l <= g.level; l++ {
		if id := *l.named(q); id != "" && !g.bounds[l].grants(id) {
			return g.refuseID(l)
		}
	}
	switch {
	case q.Endpoint == query.Resellers && g.level > resellers:
		return forbidden("The list of resellers is above ", g.standing(), ". Ask for customers or subscriptions.")
	case !g.allowsView(q.View):
		return forbidden("view names rows that are unknown or above ", g.standing(), ". Use ", either(g.views()), ".")
	case !g.allowsCost(q.Cost, q):
		return forbidden("cost names a price that is unknown or above ", g.standing(), ", and that your profiles do not list for all that "+
			"you ask. Use ", either(g.costs(q)), ".")
	}
	return nil
}

func (g *grant) refuseID(l level) error {
	if g.bounds[l] == nil {
		return forbidden(parameters[l], " is above ", g.standing(), ", and no profile grants it. Leave it out.")
	}
	return forbidden(parameters[l], " is outside your profiles for ", string(g.provider), ". Leave it out, or name one of your own: "+
		"GET /v1/me lists them.")
}

func (g *grant) standing() string {
	return "your level at " + string(g.provider) + ", which is " + g.level.String()
}

func forbidden(detail ...string) error {
	return &fault.Error{Kind: fault.Forbidden, Detail: strings.Join(detail, "")}
}

// either joins words as people do: a, b or c.
func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
