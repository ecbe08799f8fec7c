package tenancy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxText  = 256 // characters, as in a question
	maxCosts = 16  // in one profile
	everyID  = "*"
)

// profile is one element of the claim.
type profile struct {
	provider  string // empty: it names none that can be relied on
	level     level
	resources set // not sealed
	costs     []string
	broken    bool // it cannot be understood
}

// profile reads one profile. Members that are not known do not matter, but a name that comes twice does: whoever signed the
// token may have meant the other one.
func (r *reader) profile() profile {
	p := profile{level: levels}
	seen := map[string]bool{}
	for literal := range r.members {
		decoded, ok := decode(literal)
		name := string(decoded)
		twice := seen[name]
		seen[name] = true
		p.broken = p.broken || twice || !ok
		switch name {
		case "provider":
			if p.provider, _ = r.word(); twice {
				p.provider = ""
			}
		case "resource_type":
			p.level = r.level()
		case "resources":
			p.resources = r.resources()
		case "costs":
			p.costs, ok = r.costs()
			p.broken = p.broken || !ok
		default:
			r.skip()
		}
	}
	p.broken = p.broken || p.level == levels
	return p
}

func (r *reader) level() level {
	name, _ := r.word()
	if l, ok := levelNamed(name); ok {
		return l
	}
	return levels
}

// resources reads a list of ids, or "*" alone for all. Whatever is neither grants nothing.
func (r *reader) resources() set {
	ids, ok := r.words(func() bool { r.count++; return r.count <= maxResources })
	slices.Sort(ids)
	ids = slices.Compact(ids)
	switch {
	case !ok:
		return set{}
	case len(ids) == 1 && ids[0] == everyID:
		return set{all: true}
	case slices.Contains(ids, everyID):
		return set{}
	}
	return set{ids: ids}
}

// costs reads a list of costs, where null is none.
func (r *reader) costs() (costs []string, ok bool) {
	if r.next() == 'n' {
		r.skip()
		return nil, true
	}
	costs, ok = r.words(func() bool { return true })
	return costs, ok && len(costs) <= maxCosts
}

// words reads an array of words. more is asked before each; where it says no, the whole claim is bad.
func (r *reader) words(more func() bool) (all []string, ok bool) {
	if r.next() != '[' {
		r.skip()
		return nil, false
	}
	ok = true
	for range r.elements {
		if !more() {
			r.fail()
			break
		}
		w, isWord := r.word()
		ok = ok && isWord
		all = append(all, w)
	}
	return all, ok
}

// word reads a string that a question could hold too: not empty, of at most maxText characters, without control characters.
// It reads over anything else.
func (r *reader) word() (string, bool) {
	if r.next() != '"' {
		r.skip()
		return "", false
	}
	decoded, ok := decode(r.literal())
	w := string(decoded)
	if !ok || w == "" || utf8.RuneCountInString(w) > maxText || strings.ContainsFunc(w, unicode.IsControl) {
		return "", false
	}
	return w, true
}
