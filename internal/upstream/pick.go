package upstream

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// rule is a Rule whose account and texts have been looked up.
type rule struct {
	client                             *Client
	providers, distributors, resellers set
	claim                              string
	values                             set
}

// set is the texts for which a condition holds; nil is no condition.
type set map[string]struct{}

func newSet(texts []string) set {
	if len(texts) == 0 {
		return nil
	}
	s := set{}
	for _, text := range texts {
		s[text] = struct{}{}
	}
	return s
}

func (s set) has(text string) bool {
	_, ok := s[text]
	return ok
}

func (s set) admits(text string) bool { return s == nil || s.has(text) }

// Pick returns the identity of the account for a query: that of the first rule that matches. The query has been narrowed already and has
// no key yet, since the account is part of the key. claim returns the values of a claim of the caller, none if there is no such claim; it is
// nil if callers have no claims. ok is false if no account may fetch the query.
func (p *Pool) Pick(q *query.Query, claim func(name string) []string) (identity string, ok bool) {
	s := p.current.Load()
	client := s.names[s.Default]
	var latest string // the claim that was read last: most rules compare the same one
	var values []string
	for i := range s.rules {
		r := &s.rules[i]
		if !r.matches(q) {
			continue
		}
		if claim != nil && r.claim != latest && r.claim != "" {
			latest, values = r.claim, claim(r.claim)
		}
		if r.claim == "" || slices.ContainsFunc(values, r.values.has) {
			client = r.client
			break
		}
	}
	if client == nil {
		return "", false
	}
	return client.Identity(), true
}

func (r *rule) matches(q *query.Query) bool {
	return r.providers.admits(string(q.Provider)) && r.distributors.admits(q.DistributorID) && r.resellers.admits(q.ResellerID)
}
