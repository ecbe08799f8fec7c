package tenancy

// keeps reads one row and says whether it stays: an object, with exactly one id, which is in reach, and for usages exactly
// one resource_type, which is the list's. Members of what the row holds inside do not count.
func (c *Cut) keeps(s *scanner) bool {
	if s.next() != '{' {
		s.skip()
		return false
	}
	ids, kinds := 0, 0
	inReach, ofKind := false, c.kind == ""
	for literal := range s.members {
		name, _ := decode(literal)
		switch string(name) {
		case c.id:
			ids++
			value, ok := s.value()
			inReach = ok && c.reach.has(string(value))
		case "resource_type":
			kinds++
			value, ok := s.value()
			ofKind = c.kind == "" || ok && string(value) == c.kind
		default:
			s.skip()
		}
	}
	return inReach && ids == 1 && ofKind && (c.kind == "" || kinds == 1)
}

// value reads a string, or reads over what is none.
func (s *scanner) value() (text []byte, ok bool) {
	if s.next() != '"' {
		s.skip()
		return nil, false
	}
	return decode(s.literal())
}
