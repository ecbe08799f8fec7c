// Package rows reads JSON arrays of rows, and the members of one object, without decoding them: what it returns are the bytes of
// the input. It is as strict as RFC 8259, because two readers that disagree on a text are how a row would get past a filter.
//
// Member names are compared exactly, after decoding their escapes. It imports no package of ours.
package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Row is one element of an array.
type Row struct {
	Raw   []byte // its bytes, without the white space around; a part of the input
	Start int    // where they begin in the input

	// Values are those of the members that Scan was called with, each a part of the input. A value is nil if the element is no
	// object, if it has no such member, or if it has several: readers disagree on which of them counts. The slice is valid until
	// the next row.
	Values [][]byte
}

// IsObject reports whether the row is a JSON object.
func (r *Row) IsObject() bool { return r.Raw[0] == '{' }

// Scan returns the elements of a JSON array, in order, each with the values of the named members. If the input is anything but one
// JSON array, the last pair has an error, which does not quote the input. Rows before it are then not to be relied on.
// The encoding is not checked: a string may hold bytes that are no UTF-8.
func Scan(array []byte, names ...string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s := scanner{
			Decoder: decode(array), input: array, names: names, seen: make([]bool, len(names)), row: Row{Values: make([][]byte, len(names))},
		}
		s.array(yield)
	}
}

// Members returns the members of an object, which must be valid JSON: name and value, both as JSON.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		d := decode(object)
		for _, err := d.ReadToken(); err == nil && d.PeekKind() == jsontext.KindString; {
			name, _ := d.ReadValue()
			var value jsontext.Value
			if value, err = d.ReadValue(); err != nil || !yield(name, value) {
				return
			}
		}
	}
}

// Text returns what a JSON string stands for, and reports whether the value is one. Half of a surrogate pair stands for no text:
// ok is false, and the text has U+FFFD in its place.
func Text(value []byte) (text []byte, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return nil, false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1], true
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return text, err == nil
}

// Join returns a JSON array of rows, which keep their bytes.
func Join(rows [][]byte) []byte {
	size := len("[]")
	for _, row := range rows {
		size += len(row) + len(",")
	}
	array := append(make([]byte, 0, size), '[')
	for i, row := range rows {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, row...)
	}
	return append(array, ']')
}

// decode returns a decoder that reads text in place, which it does for a bytes.Buffer alone. It accepts escapes of lone surrogates,
// which RFC 8259 allows, and doubled names, which the callers here judge themselves.
func decode(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// scanner keeps the first error, after which it reads nothing more.
type scanner struct {
	*jsontext.Decoder
	err   error
	input []byte
	names []string
	seen  []bool // by name: the row has such a member
	row   Row
}

func (s *scanner) array(yield func(Row, error) bool) {
	isArray := s.PeekKind() == jsontext.KindBeginArray
	for s.token(); isArray && s.err == nil && s.PeekKind() != jsontext.KindEndArray; {
		if s.element(); s.err == nil && !yield(s.row, nil) {
			return
		}
	}
	s.token()
	if _, end := s.ReadToken(); !isArray || s.err != nil || !errors.Is(end, io.EOF) {
		yield(Row{}, fmt.Errorf("not a JSON array, from byte %d on", s.InputOffset()))
	}
}

// element reads an element into s.row.
func (s *scanner) element() {
	clear(s.seen)
	clear(s.row.Values)
	if s.PeekKind() != jsontext.KindBeginObject {
		s.row.Raw = s.value()
		s.row.Start = int(s.InputOffset()) - len(s.row.Raw)
		return
	}
	s.token()
	s.row.Start = int(s.InputOffset()) - 1
	for s.err == nil && s.PeekKind() != jsontext.KindEndObject {
		s.member()
	}
	s.token()
	s.row.Raw = s.input[s.row.Start:s.InputOffset()]
}

func (s *scanner) member() {
	name, _ := Text(s.value())
	at := slices.IndexFunc(s.names, func(n string) bool { return n == string(name) })
	switch value := s.value(); {
	case at < 0:
	case s.seen[at]:
		s.row.Values[at] = nil
	default:
		s.seen[at], s.row.Values[at] = true, value
	}
}

func (s *scanner) token() {
	if s.err == nil {
		_, s.err = s.ReadToken()
	}
}

func (s *scanner) value() (value jsontext.Value) {
	if s.err == nil {
		value, s.err = s.ReadValue()
	}
	return value
}
