package tenancy

import "slices"

// set is ids of one level: some of them, or all there are.
type set struct {
	all   bool
	ids   []string // sorted, each once; none where all is set
	index map[string]struct{}
}

func (s *set) has(id string) bool {
	_, ok := s.index[id]
	return ok || s.all
}

// one is the only id of the set, or "".
func (s *set) one() string {
	if len(s.ids) == 1 {
		return s.ids[0]
	}
	return ""
}

func (s *set) empty() bool { return !s.all && len(s.ids) == 0 }

func (s *set) add(o *set) {
	s.all = s.all || o.all
	s.ids = append(s.ids, o.ids...)
}

// seal makes the set ready for questions, after which it never changes.
func (s *set) seal() {
	if s.all {
		s.ids = nil
	}
	slices.Sort(s.ids)
	s.ids = slices.Compact(s.ids)
	s.index = make(map[string]struct{}, len(s.ids))
	for _, id := range s.ids {
		s.index[id] = struct{}{}
	}
}

// bound is what the profiles of one type grant together.
type bound struct {
	set
	level  level
	priced map[string]*set // by cost: the ids of the profiles that list it

	usages, choices Cut // of lists of the level
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
		b.usages, b.choices = newCut(b, false), newCut(b, true)
	}
}

// grants says whether the id may be named. No bound grants nothing.
func (b *bound) grants(id string) bool { return b != nil && b.has(id) }

// allows says whether prices of cost may be shown for an id of the bound, or for all of them where id is empty.
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
