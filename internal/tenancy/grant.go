package tenancy

import (
	"maps"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// set is ids of one level: some of them, or all.
type set struct {
	all bool
	ids []string // sorted, each once; none if all is set
}

func (s *set) has(id string) bool {
	_, ok := slices.BinarySearch(s.ids, id)
	return ok || s.all
}

// hasText is has without a copy of the id.
func (s *set) hasText(id []byte) bool {
	_, ok := slices.BinarySearchFunc(s.ids, id, func(granted string, id []byte) int {
		switch {
		case granted < string(id):
			return -1
		case granted > string(id):
			return 1
		default:
			return 0
		}
	})
	return ok || s.all
}

// weight returns about the bytes of memory that the set takes without the texts of its ids.
func (s *set) weight() int { return 64 + 16*cap(s.ids) }

func (s *set) empty() bool { return !s.all && len(s.ids) == 0 }

func (s *set) add(o *set) {
	s.all = s.all || o.all
	s.ids = append(s.ids, o.ids...)
}

// seal prepares the set for has, after which it never changes.
func (s *set) seal() {
	if s.all {
		s.ids = nil
	}
	slices.Sort(s.ids)
	s.ids = slices.Clone(slices.Compact(s.ids)) // without the spare capacity of append
}

// bound is what the profiles of one type grant together.
type bound struct {
	set
	level  level
	priced map[string]*set // by cost: the ids of the profiles that list it

	usages, choices RowFilter // of lists of the level
}

func (b *bound) add(p *profile) {
	b.set.add(&p.resources)
	for _, cost := range p.costs {
		if b.priced[cost] == nil {
			b.priced[cost] = new(set)
		}
		b.priced[cost].add(&p.resources)
	}
}

func (b *bound) seal() {
	b.set.seal()
	for _, ids := range b.priced {
		ids.seal()
	}
	if !b.all {
		b.usages, b.choices = newRowFilter(b, false), newRowFilter(b, true)
	}
}

// weight returns about the bytes of memory that the bound takes. Its sets share the texts of the ids.
func (b *bound) weight() int {
	weight := 768 + b.set.weight()
	for _, id := range b.ids {
		weight += 16 + len(id)
	}
	for cost, ids := range b.priced {
		weight += 128 + len(cost) + ids.weight()
	}
	return weight
}

// grants reports whether the id may be named. A nil bound grants nothing.
func (b *bound) grants(id string) bool { return b != nil && b.has(id) }

// allows reports whether prices of cost may be shown for an id of the bound, or for all of them if id is empty.
func (b *bound) allows(cost, id string) bool {
	if l, known := levelNamed(cost); known && l >= b.level || b.all && b.level == distributors {
		return true
	}
	switch priced := b.priced[cost]; {
	case priced == nil:
		return false
	case id != "":
		return priced.has(id)
	default:
		return priced.all || !b.all && len(priced.ids) == len(b.ids)
	}
}

// grant is what all profiles of one provider allow together.
type grant struct {
	provider query.Provider
	broken   bool           // one of the profiles is malformed
	bounds   [levels]*bound // nil if no profile is of the type; all of them apply
	level    level          // the lowest that has a bound
	views    []string       // the known ones that may be named, from high to low
}

func (g *grant) add(p *profile) {
	if p.broken {
		g.broken = true
		return
	}
	if g.bounds[p.level] == nil {
		g.bounds[p.level] = &bound{level: p.level, priced: map[string]*set{}}
	}
	g.bounds[p.level].add(p)
}

func (g *grant) seal() {
	for _, b := range g.bounds {
		if b != nil {
			b.seal()
			g.level = b.level
		}
	}
	for _, v := range views {
		if g.level <= v.lowest {
			g.views = append(g.views, v.name)
		}
	}
}

// unrestricted reports whether any view and cost may be named.
func (g *grant) unrestricted() bool { return g.level == distributors && g.bounds[distributors].all }

func (g *grant) allowsView(name string) bool {
	return g.unrestricted() || slices.Contains(g.views, name)
}

// allowsCost reports whether the response to q may show the prices of cost. Each type of profiles has to allow it.
func (g *grant) allowsCost(cost string, q *query.Query) bool {
	for _, b := range g.bounds {
		if b != nil && !b.allows(cost, *b.level.id(q)) {
			return false
		}
	}
	return true
}

// lists reports whether a profile lists the cost.
func (g *grant) lists(cost string) bool {
	return slices.ContainsFunc(g.bounds[:], func(b *bound) bool { return b != nil && b.priced[cost] != nil })
}

// costs returns those that may be named in q: the levels first, from high to low, then what the profiles list, sorted.
func (g *grant) costs(q *query.Query) (allowed []string) {
	listed := map[string]bool{}
	for _, b := range g.bounds {
		if b != nil {
			for cost := range b.priced {
				listed[cost] = true
			}
		}
	}
	for _, cost := range slices.Concat(levelNames[:], slices.Sorted(maps.Keys(listed))) {
		if g.allowsCost(cost, q) && !slices.Contains(allowed, cost) {
			allowed = append(allowed, cost)
		}
	}
	return allowed
}

// defaultCost is what the level itself pays; distributors see what they charge.
func (g *grant) defaultCost() string { return max(g.level, resellers).String() }
