package config

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

const (
	maxIDs = 10_000 // of all rules together, values of claims included
	maxID  = 256    // characters, as in queries
)

type ruleEntry struct {
	At           mapping
	Account      value      `yaml:"account" required:"the account that the rule is for"`
	Providers    []value    `yaml:"providers" most:"10000"`
	Distributors []value    `yaml:"distributors" most:"10000"`
	Resellers    []value    `yaml:"resellers" most:"10000"`
	Claim        claimEntry `yaml:"claim"`
}

type claimEntry struct {
	At     mapping
	Name   value   `yaml:"name" required:"the claim that is compared"`
	Values []value `yaml:"values" most:"10000" required:"a list of its values that match"`
}

func (r *accountsReader) rule(e *ruleEntry) (rule Rule) {
	rule.Account = r.refer(e.Account)
	for _, v := range e.Providers {
		if v.line > 0 && !query.Provider(v.text).Valid() {
			r.wrong(v, "must be azure, aws or gcp")
		}
	}
	rule.Providers, rule.Distributors, rule.Resellers = set(e.Providers), r.checkIDs(e.Distributors), r.checkIDs(e.Resellers)
	r.checkIDs([]value{e.Claim.Name})
	rule.Claim, rule.Values = e.Claim.Name.text, r.checkIDs(e.Claim.Values)
	if line := e.At.keys["claim"]; line > 0 && r.config.AuthMode == AuthModeNone {
		r.warn(value{key: "claim", line: line}, "never matches: with AUTH_MODE=none callers have no claims")
	}
	return rule
}

// checkIDs checks texts that are compared with those of a query or a claim, exactly, and returns them.
func (r *accountsReader) checkIDs(values []value) map[string]bool {
	for _, v := range values {
		if v.line == 0 {
			continue
		}
		if r.ids++; r.ids == maxIDs+1 {
			r.fault(v.line, fmt.Sprintf("the rules hold more than %d ids up to here", maxIDs))
		}
		if utf8.RuneCountInString(v.text) > maxID {
			r.wrong(v, fmt.Sprintf("must have at most %d characters", maxID))
		}
	}
	return set(values)
}

// set returns the texts of a list, or nil without one.
func set(values []value) (texts map[string]bool) {
	for _, v := range values {
		if texts == nil {
			texts = map[string]bool{}
		}
		texts[v.text] = true
	}
	return texts
}

// refer returns the name of an account that a rule or the default refers to.
func (r *accountsReader) refer(v value) string {
	r.used[v.text] = true
	if _, known := r.lines[v.text]; known || r.unsure && v.text != "" {
		return v.text
	}
	r.lost = true
	if v.text == "" { // it has a fault already
		return ""
	}
	fault := "must be an account of this file, not " + quote(v.text)
	if v.text == defaultAccount {
		fault += ": that is ROCKET_USERNAME's, which is not set"
	} else if near := spell.Nearest(v.text, slices.Sorted(maps.Keys(r.lines))); near != "" {
		fault += "; did you mean " + near + "?"
	}
	r.wrong(v, fault)
	return ""
}

// defaultName returns the account for queries that no rule matches, or "". closed is the line of a rule that matches every query, or 0.
func (r *accountsReader) defaultName(closed int) string {
	v := r.file.Default
	_, own := r.lines[defaultAccount]
	switch {
	case v.line > 0 && closed > 0:
		r.wrong(v, fmt.Sprintf("has no effect: the rule in line %d matches every query", closed))
	case closed > 0 || v.text == noAccount:
	case v.line > 0 || r.file.At.keys["default"] != 0:
		return r.refer(v)
	case own:
		return r.refer(value{text: defaultAccount})
	default:
		r.fault(r.file.At.line, "default is required without ROCKET_USERNAME: "+
			"the account for queries that no rule matches, or none to refuse them")
	}
	return ""
}

// checkUse refuses accounts that no query could use.
func (r *accountsReader) checkUse() {
	for _, name := range slices.Sorted(maps.Keys(r.lines)) {
		switch line := r.lines[name]; {
		case r.used[name] || r.lost || r.unsure:
		case line == 0:
			r.fault(r.file.At.line, "no rule uses ROCKET_USERNAME's account, default, and it is not the default either")
		default:
			r.fault(line, "no rule uses "+name+", and it is not the default either")
		}
	}
}
