package accounts

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// rule is an account and the questions that are its. All conditions must hold; what is nil is no condition.
type rule struct {
	account      string
	providers    set
	distributors set
	resellers    set
	claim        string // whose values are looked at
	values       set
}

// set is the texts that a condition holds for.
type set map[string]struct{}

// Pick names the account for a question: that of the first rule that fits. claim gives the values of one of the caller's
// claims, none where there is no such claim; it may be nil where callers have none. ok is false where the question is not to be
// asked with any account. Without a book there is the default account alone.
func (b *Book) Pick(q *query.Query, claim func(name string) []string) (name string, ok bool) {
	if b == nil {
		return Default, true
	}
	c := claims{read: claim}
	for i := range b.rules {
		if b.rules[i].fits(q, &c) {
			return b.rules[i].account, true
		}
	}
	return b.otherwise, b.otherwise != ""
}

func (r *rule) fits(q *query.Query, c *claims) bool {
	return r.providers.admits(string(q.Provider)) &&
		r.distributors.admits(q.DistributorID) &&
		r.resellers.admits(q.ResellerID) &&
		(r.values == nil || r.values.admitsAny(c.values(r.claim)))
}

// admits says whether the condition holds; one that was not given always does.
func (s set) admits(text string) bool {
	_, ok := s[text]
	return ok || s == nil
}

func (s set) admitsAny(texts []string) bool { return slices.ContainsFunc(texts, s.admits) }

// claims are the caller's. The one that was read last is kept: most books look at one claim, in many rules.
type claims struct {
	read   func(name string) []string
	name   string
	latest []string
}

func (c *claims) values(name string) []string {
	if c.read != nil && c.name != name {
		c.name, c.latest = name, c.read(name)
	}
	return c.latest
}
