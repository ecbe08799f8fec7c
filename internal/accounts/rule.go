package accounts

import (
	"fmt"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const maxID = 256 // characters, as in questions

var ruleKeys = []string{"account", "providers", "distributors", "resellers", "claim"}

// rules reads the list, which may be left out.
func (r *reader) rules(m mapping) []rule {
	f, ok := m.fields["rules"]
	if !ok {
		r.names.lost = r.names.lost || m.meant["rules"]
		return nil
	}
	elements := r.list(f, maxRules)
	r.names.lost = r.names.lost || elements == nil
	all := make([]rule, len(elements))
	for i, e := range elements {
		all[i] = r.rule(e, i == len(elements)-1)
	}
	return all
}

func (r *reader) rule(f field, last bool) (found rule) {
	m, ok := r.mapping(f, ruleKeys)
	if !ok {
		r.names.lost = true
		return found
	}
	if f, ok := r.need(m, "account", "the account that the rule is for"); ok {
		found.account = r.refer(f)
	} else {
		r.names.lost = true
	}
	found.providers = r.condition(m, "providers", r.provider)
	found.distributors = r.condition(m, "distributors", r.id)
	found.resellers = r.condition(m, "resellers", r.id)
	if f, ok := m.fields["claim"]; ok {
		found.claim, found.values = r.claim(f)
	}
	if unconditional(m) {
		r.closing(f, last)
	}
	return found
}

func unconditional(m mapping) bool {
	for key := range m.fields {
		if key != "account" {
			return false
		}
	}
	return true
}

// closing takes a rule that fits every question, where no other comes after it.
func (r *reader) closing(f field, last bool) {
	if !last {
		r.add(f.line, "a rule without conditions fits every question and hides those below; give it one, or move it to the end")
		return
	}
	r.closed = f.line
}

// condition reads the list of what a condition holds for, or gives nil where there is none.
func (r *reader) condition(m mapping, key string, read func(field) (string, bool)) set {
	f, ok := m.fields[key]
	if !ok {
		return nil
	}
	return r.set(f, read)
}

func (r *reader) set(f field, read func(field) (string, bool)) set {
	s := set{}
	for _, e := range r.list(f, maxIDs) {
		if text, ok := read(e); ok {
			s[text] = struct{}{}
		}
	}
	return s
}

func (r *reader) provider(f field) (string, bool) {
	text, ok := r.text(f)
	if ok && !query.Provider(text).Valid() {
		r.wrong(f, "must be azure, aws or gcp")
	}
	return text, ok
}

// id reads what a question or a claim is compared with, exactly.
func (r *reader) id(f field) (string, bool) {
	if r.ids++; r.ids == maxIDs+1 {
		r.add(f.line, fmt.Sprintf("the rules hold more than %d ids up to here", maxIDs))
	}
	text, ok := r.text(f)
	if utf8.RuneCountInString(text) > maxID {
		r.wrong(f, fmt.Sprintf("must have at most %d characters", maxID))
	}
	return text, ok
}

// claim reads the name of a claim and the values of it that fit.
func (r *reader) claim(f field) (name string, values set) {
	if r.defaults.Anonymous {
		r.warn(f, "never fits: with AUTH_MODE=none callers have no claims")
	}
	m, ok := r.mapping(f, []string{"name", "values"})
	if !ok {
		return "", nil
	}
	if f, ok := r.need(m, "name", "the claim that is looked at"); ok {
		name, _ = r.id(f)
	}
	if f, ok := r.need(m, "values", "a list of those that fit"); ok {
		values = r.set(f, r.id)
	}
	return name, values
}
