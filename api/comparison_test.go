package api_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// noticeDays are the six months of docs/api.md between the notice and the end, which have 184 days at most.
const noticeDays = 184

// comparison finds every place of a contract that another one changes. Free are prose, the additions that docs/api.md announces, and wider
// bounds of parameters. Anything else is a change. The names of components are free, their content is not.
type comparison struct {
	old, new map[string]any     // the documents, which references point into
	seen     map[[2]string]bool // references that were compared, in requests ("") or responses
	earliest string             // date on which something may end of which notice is given today
	changes  []change
}

// compare returns the changes from a contract to another one, as of a day.
func compare(from, to map[string]any, today time.Time) []change {
	c := &comparison{old: from, new: to, seen: map[[2]string]bool{}, earliest: today.AddDate(0, 0, noticeDays).Format(time.DateOnly)}
	c.keywords(place{}, without(from, "components"), without(to, "components"))
	c.keywords(place{path: []string{"components"}}, securitySchemes(from), securitySchemes(to))
	return c.changes
}

func (c *comparison) report(p place, text string, values ...any) {
	c.changes = append(c.changes, change{ID: strings.Join(p.path, " "), Text: fmt.Sprintf(text, values...)})
}

// values compares what has the same place. Components of one name have it as their place, wherever they are used.
func (c *comparison) values(p place, before, after any) {
	from, was := follow(c.old, before)
	to, is := follow(c.new, after)
	oldMap, newMap := members(before), members(after)
	switch {
	case from != "" || to != "":
		c.keywords(p, besides(before), besides(after))
		c.targets(p, from, to, was, is)
	case oldMap != nil && newMap != nil:
		c.keywords(p, oldMap, newMap)
	case !reflect.DeepEqual(before, after):
		c.report(p, "is %v, was %v", after, before)
	}
}

// targets compares what references lead to, each pair of references once. One of them may be none.
func (c *comparison) targets(p place, from, to string, before, after any) {
	use := [2]string{from, to}
	if p.request {
		use[1] = "in requests " + to
	}
	if from != "" && to != "" {
		if c.seen[use] {
			return
		}
		c.seen[use] = true
		if from == to {
			p.path = strings.Split(strings.TrimPrefix(from, "#/"), "/")
		}
	}
	c.values(p, before, after)
}

// keywords compares two objects of the specification, or two schemas.
func (c *comparison) keywords(p place, before, after map[string]any) {
	for _, key := range union(before, after) {
		was, is := meaning(before, key), meaning(after, key)
		mayAdd, isNamed := named[key]
		switch {
		case slices.Contains(prose, key) || strings.HasPrefix(key, "x-") && key != "x-sunset":
		case key == "x-sunset":
			c.notice(p.at(key), was, is, after["deprecated"] == true)
		case isNamed && (key != "enum" || was != nil && is != nil):
			c.names(p.at(key), mayAdd, byName(c.old, was), byName(c.new, is))
		case p.request && wider(key, was, is):
		case was != nil && is != nil:
			c.values(p.at(key), was, is)
		case key == "deprecated" && (is == nil || after["x-sunset"] != nil):
		case was != nil:
			c.report(p.at(key), "is gone")
		case slices.Contains(methods, key) || p.last() == "servers":
		default:
			c.report(p.at(key), "is new")
		}
	}
}

// notice compares two dates on which something ends. It may be postponed and withdrawn, and a new one must be far enough ahead.
func (c *comparison) notice(p place, was, is any, deprecated bool) {
	earliest := c.earliest
	if before, ok := was.(string); ok {
		earliest = before
	}
	date, _ := is.(string)
	_, err := time.Parse(time.DateOnly, date)
	switch {
	case is == nil && deprecated:
		c.report(p, "is gone")
	case is != nil && err != nil:
		c.report(p, "is %v, and no date as '2030-12-31'", is)
	case is != nil && date < earliest:
		c.report(p, "is %s, and must not be before %s", date, earliest)
	}
}

// names compares two objects whose members are named by the contract, or sets.
func (c *comparison) names(p place, mayAdd func(*comparison, place, any) bool, before, after map[string]any) {
	for _, name := range union(before, after) {
		was, had := before[name]
		is, has := after[name]
		q := p
		q.path = append(slices.Clone(p.path), name)
		switch {
		case had && has:
			c.values(q, was, is)
		case had && (!p.request || p.last() != "required"):
			c.report(q, "is gone")
		case has && (mayAdd == nil || !mayAdd(c, p, is)):
			c.report(q, "is new")
		}
	}
}

// union returns the keys of both, sorted.
func union(a, b map[string]any) []string {
	all := map[string]any{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}
