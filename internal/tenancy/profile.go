package tenancy

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

const (
	maxProfiles  = 64
	maxResources = 10_000 // in all profiles of a token
	maxCosts     = 16     // in one profile
	maxText      = 256    // characters, as in a query
	everyID      = "*"
)

// Profiles are what a token grants, by provider. They never change, and may be used by any number of goroutines. The zero
// value grants nothing.
type Profiles struct {
	grants     map[query.Provider]*grant
	unreadable bool // the claim has profiles, but not even their providers are known
}

// profile is one element of the claim.
type profile struct {
	provider  string // empty: it names none, or several
	level     level
	resources set // not sealed
	costs     []string
	broken    bool // it is malformed, and may be the one that narrows the others
}

// Parse reads the JSON of the profiles claim; no bytes stand for a token without the claim. It never fails: a malformed profile
// grants nothing, and makes nothing else grant more. The result does not refer to the claim's bytes.
func Parse(claim []byte) Profiles {
	if trimmed := bytes.TrimSpace(claim); len(trimmed) == 0 || string(trimmed) == "null" {
		return Profiles{}
	}
	all, err := parseClaim(claim)
	if err != nil || !utf8.Valid(claim) {
		return Profiles{unreadable: true}
	}
	p := Profiles{grants: map[query.Provider]*grant{}}
	for i := range all {
		p.add(&all[i])
	}
	for _, g := range p.grants {
		g.seal()
	}
	return p
}

// Weight returns about the bytes of memory that the profiles take, and no less.
func (p Profiles) Weight() int {
	weight := 128
	for _, g := range p.grants {
		weight += 384
		for _, b := range g.bounds {
			if b != nil {
				weight += b.weight()
			}
		}
	}
	return weight
}

var (
	errTooLarge  = errors.New("too many profiles or resources")
	errNoProfile = errors.New("an element is no object")
)

func parseClaim(claim []byte) (all []profile, err error) {
	resources := 0
	for row, err := range rows.Scan(claim, "provider", "resource_type", "resources", "costs") {
		switch {
		case err != nil:
			return nil, err
		case !row.IsObject():
			return nil, errNoProfile
		}
		ids, ok := words(row.Values[2])
		if resources += len(ids); len(all) == maxProfiles || resources > maxResources {
			return nil, errTooLarge
		}
		p := parseProfile(row)
		if ok {
			p.resources = newSet(ids)
		}
		all = append(all, p)
	}
	return all, nil
}

// parseProfile reads everything but the resources. Unknown members do not matter, but a doubled name does: the issuer of the
// token may have meant the other one.
func parseProfile(row rows.Row) profile {
	var p profile
	p.provider, _ = word(row.Values[0])
	resourceType, _ := word(row.Values[1])
	level, known := levelNamed(resourceType)
	costs, valid := parseCosts(row.Values[3])
	p.level, p.costs = level, costs
	p.broken = !known || !valid || !distinctNames(row.Raw)
	return p
}

// parseCosts reads a list of costs; null is none.
func parseCosts(value []byte) (costs []string, ok bool) {
	if value == nil || string(value) == "null" {
		return nil, true
	}
	costs, ok = words(value)
	return costs, ok && len(costs) <= maxCosts
}

// words returns the elements of an array, and reports whether all of them are words.
func words(array []byte) (all []string, ok bool) {
	ok = true
	for element, err := range rows.Scan(array) {
		if err != nil {
			return nil, false
		}
		w, valid := word(element.Raw)
		ok = ok && valid
		all = append(all, w)
	}
	return all, ok
}

// word returns a string that a query could hold too: not empty, of at most maxText characters, without control characters.
func word(value []byte) (w string, ok bool) {
	text, ok := rows.Text(value)
	w = string(text)
	if !ok || w == "" || utf8.RuneCountInString(w) > maxText || strings.ContainsFunc(w, unicode.IsControl) {
		return "", false
	}
	return w, true
}

func distinctNames(object []byte) bool {
	seen := map[string]bool{}
	for quoted := range rows.Members(object) {
		name, ok := rows.Text(quoted)
		if !ok || seen[string(name)] {
			return false
		}
		seen[string(name)] = true
	}
	return true
}

// add adds a profile to the grant of its provider. Other providers are ignored: the vendor's own tokens have some.
func (p *Profiles) add(one *profile) {
	provider := query.Provider(one.provider)
	if one.provider == "" {
		p.unreadable = true
	}
	if !provider.Valid() {
		return
	}
	if p.grants[provider] == nil {
		p.grants[provider] = &grant{provider: provider}
	}
	p.grants[provider].add(one)
}

// newSet returns the set of a list of ids, of which "*" alone stands for all. A list with both grants nothing.
func newSet(ids []string) set {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	switch {
	case !slices.Contains(ids, everyID):
		return set{ids: ids}
	case len(ids) == 1:
		return set{all: true}
	default:
		return set{}
	}
}
