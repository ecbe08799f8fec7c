package tenancy

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are what may follow a backslash, with what they stand for; \u is apart.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

const lengthOfU = len(`\u0000`)

// literal reads a string and gives what stands between its quotes, with its escapes.
func (s *scanner) literal() []byte {
	s.take('"')
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1]
		case c == '\\':
			s.escape()
		case c < ' ':
			s.fail()
		default:
			s.at++
		}
	}
	s.fail()
	return nil
}

func (s *scanner) escape() {
	rest := s.text[s.at:]
	_, isU := unit(rest)
	switch {
	case isU:
		s.at += lengthOfU
	case len(rest) > 1 && escapes[rest[1]] != 0:
		s.at += 2
	default:
		s.fail()
	}
}

// unit reads the \uXXXX that b begins with: a code unit of UTF-16.
func unit(b []byte) (rune, bool) {
	if len(b) < lengthOfU || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:lengthOfU]), 16, 16)
	return rune(n), err == nil
}

// decode gives the text that a literal stands for. Half of a surrogate pair stands for none, and is never taken for another
// text: readers do not agree on what to make of it.
func decode(literal []byte) (text []byte, ok bool) {
	if bytes.IndexByte(literal, '\\') < 0 {
		return literal, true
	}
	text = make([]byte, 0, len(literal))
	for i := 0; i < len(literal); {
		if literal[i] != '\\' {
			text = append(text, literal[i])
			i++
			continue
		}
		if literal[i+1] != 'u' {
			text = append(text, escapes[literal[i+1]])
			i += 2
			continue
		}
		r, length := character(literal[i:])
		if length == 0 {
			return nil, false
		}
		text = utf8.AppendRune(text, r)
		i += length
	}
	return text, true
}

// character reads one or, for a surrogate pair, two \uXXXX. The length is 0 for half a pair.
func character(b []byte) (r rune, length int) {
	r, _ = unit(b)
	if !utf16.IsSurrogate(r) {
		return r, lengthOfU
	}
	low, _ := unit(b[lengthOfU:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0
	}
	return r, 2 * lengthOfU
}
