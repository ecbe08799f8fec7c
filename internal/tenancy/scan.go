package tenancy

// maxDepth of nested arrays and objects is that of encoding/json.
const maxDepth = 10_000

// scanner walks over JSON, and is as strict as RFC 8259: whatever is no JSON sets bad and ends the walk. Two readers that
// disagree on what a text says are how rows would slip through. Each call reads one thing and leaves the scanner behind it.
type scanner struct {
	text  []byte
	at    int
	depth int
	bad   bool
}

func (s *scanner) fail() {
	s.bad = true
	s.at = len(s.text)
}

// ended says whether all was read, and was JSON.
func (s *scanner) ended() bool {
	s.next()
	return !s.bad && s.at == len(s.text)
}

// next goes to what comes next and gives its first byte, or 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take reads one byte that must come next.
func (s *scanner) take(c byte) {
	if s.next() != c {
		s.fail()
		return
	}
	s.at++
}

// elements stops at the start of each element of an array. The loop's body reads it.
func (s *scanner) elements(yield func() bool) {
	s.list('[', ']', yield)
}

// members stops at the value of each member of an object, and gives the literal of its name. The loop's body reads the value.
func (s *scanner) members(yield func(name []byte) bool) {
	s.list('{', '}', func() bool {
		name := s.literal()
		s.take(':')
		return !s.bad && yield(name)
	})
}

func (s *scanner) list(first, last byte, yield func() bool) {
	s.take(first)
	if s.depth++; s.depth > maxDepth {
		s.fail()
	}
	if s.next() != last {
		for !s.bad && yield() && s.next() == ',' {
			s.at++
		}
	}
	s.take(last)
	s.depth--
}

// skip reads any value.
func (s *scanner) skip() {
	switch s.next() {
	case '{':
		for range s.members {
			s.skip()
		}
	case '[':
		for range s.elements {
			s.skip()
		}
	case '"':
		s.literal()
	case 't':
		s.keyword("true")
	case 'f':
		s.keyword("false")
	case 'n':
		s.keyword("null")
	default:
		s.number()
	}
}

func (s *scanner) keyword(w string) {
	if end := s.at + len(w); end <= len(s.text) && string(s.text[s.at:end]) == w {
		s.at = end
		return
	}
	s.fail()
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() {
	s.optional("-")
	if !s.optional("0") {
		s.digits()
	}
	if s.optional(".") {
		s.digits()
	}
	if s.optional("eE") {
		s.optional("+-")
		s.digits()
	}
}

// optional reads one of chars where it comes next.
func (s *scanner) optional(chars string) bool {
	for i := range len(chars) {
		if s.at < len(s.text) && s.text[s.at] == chars[i] {
			s.at++
			return true
		}
	}
	return false
}

func (s *scanner) digits() {
	start := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	if s.at == start {
		s.fail()
	}
}
