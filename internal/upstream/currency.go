package upstream

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Currency returns the currency of the accounts that Pick may return for a caller's queries at a provider; it is empty if they differ or
// have none. Each query names one of distributors and one of resellers: "" is a query that names none, and nil stands for any.
func (p *Pool) Currency(provider query.Provider, distributors, resellers []string, claim func(name string) []string) string {
	s := p.current.Load()
	var currencies []string
	for _, name := range s.serving(provider, choiceOf(distributors), choiceOf(resellers), claim) {
		if client := s.names[name]; client != nil { // else the queries are refused
			currencies = append(currencies, client.Account.Currency)
		}
	}
	if currencies = slices.Compact(currencies); len(currencies) != 1 {
		return ""
	}
	return currencies[0]
}

// serving returns the names of the accounts of all rules that decide about one of these queries. A rule takes the queries that match
// it from those below, except for a part that only both of its ids tell apart.
func (s *accountSet) serving(provider query.Provider, distributors, resellers choice, claim func(string) []string) (names []string) {
	caller := claimReader{read: claim}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Providers != nil && !r.Providers[string(provider)] || !distributors.meets(r.Distributors) || !resellers.meets(r.Resellers) ||
			!caller.fulfils(r) {
			continue
		}
		names = append(names, r.Account)
		switch all, every := distributors.within(r.Distributors), resellers.within(r.Resellers); {
		case all && every:
			return names
		case all:
			resellers.remove(r.Resellers)
		case every:
			distributors.remove(r.Distributors)
		}
	}
	return append(names, s.Default)
}

// choice is the ids that queries may name.
type choice struct {
	ids    map[string]bool
	others bool // all but ids
}

func choiceOf(ids []string) choice {
	c := choice{map[string]bool{}, ids == nil}
	for _, id := range ids {
		c.ids[id] = true
	}
	return c
}

// meets reports whether one of the ids fulfils a rule's condition.
func (c choice) meets(condition map[string]bool) bool {
	for id := range condition {
		if c.ids[id] != c.others {
			return true
		}
	}
	return condition == nil
}

// within reports whether all ids fulfil a rule's condition.
func (c choice) within(condition map[string]bool) bool {
	for id := range c.ids {
		if condition != nil && !condition[id] {
			return false
		}
	}
	return condition == nil || !c.others
}

// remove removes the ids that fulfil a condition.
func (c choice) remove(condition map[string]bool) {
	for id := range condition {
		if c.others {
			c.ids[id] = true
		} else {
			delete(c.ids, id)
		}
	}
}
