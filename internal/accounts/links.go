package accounts

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

// none, as the default, refuses the questions that no rule fits.
const none = "none"

// names is what accounts are called and which of the names are used. One fault must not look like several: where a name could
// not be read, those that refer to it are not blamed, and the other way round.
type names struct {
	lines  map[string]int // of the accounts; 0: the environment's
	used   map[string]bool
	unsure bool // there may be accounts that could not be read
	lost   bool // there may be uses that could not be read
}

func newNames(environment *Account) names {
	n := names{lines: map[string]int{}, used: map[string]bool{}}
	if environment != nil {
		n.lines[environment.Name] = 0
	}
	return n
}

// refer reads the name of an account that there is.
func (r *reader) refer(f field) string {
	name, ok := r.text(f)
	if !ok {
		r.names.lost = true
		return ""
	}
	return r.use(f, name)
}

// referOrNone takes none too, and gives "" for it.
func (r *reader) referOrNone(f field) string {
	if f.value.Kind == yaml.ScalarNode && f.value.Value == none {
		return ""
	}
	return r.refer(f)
}

func (r *reader) use(f field, name string) string {
	r.names.used[name] = true
	if _, known := r.names.lines[name]; known || r.names.unsure {
		return name
	}
	r.names.lost = true
	near := spell.Nearest(name, slices.Sorted(maps.Keys(r.names.lines)))
	switch {
	case name == Default:
		r.wrong(f, "must be an account of this file: default is ROCKET_USERNAME's, which is not set")
	case near != "":
		r.wrong(f, "must be an account of this file, not "+show(name)+"; did you mean "+near+"?")
	default:
		r.wrong(f, "must be an account of this file, not "+show(name))
	}
	return name
}

// otherwise gives the account for questions that no rule fits.
func (r *reader) otherwise(m mapping) string {
	f, given := m.fields["default"]
	switch {
	case given && r.closed > 0:
		r.wrong(f, fmt.Sprintf("is never asked: the rule in line %d fits every question", r.closed))
	case given:
		return r.referOrNone(f)
	case r.closed > 0:
	case m.meant["default"]:
		r.names.lost = true
	case r.defaults.Account != nil:
		r.names.used[Default] = true
		return Default
	default:
		r.add(m.line, "default is required without ROCKET_USERNAME: "+
			"the account for questions that no rule fits, or none to refuse them")
	}
	return ""
}

// unused refuses accounts that would never ask anything.
func (r *reader) unused(m mapping) {
	if r.names.lost || r.names.unsure {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.names.lines)) {
		switch line := r.names.lines[name]; {
		case r.names.used[name]:
		case line == 0:
			r.add(m.line, "no rule uses ROCKET_USERNAME's account, default, and it is not the default either")
		default:
			r.add(line, "no rule uses "+name+", and it is not the default either")
		}
	}
}

// distinct refuses a second name for an account: what is cached bears what Rocket knows of an account, not what we call it.
func (r *reader) distinct(a *Account, f field, others []Account) {
	for i := range others {
		if !a.same(&others[i]) {
			continue
		}
		twin := "ROCKET_USERNAME's account"
		if line := r.names.lines[others[i].Name]; line > 0 {
			twin = fmt.Sprintf("the account named in line %d", line)
		}
		r.add(f.line, "url, method and username are those of "+twin+": it would be one account, with one cache")
		return
	}
}
