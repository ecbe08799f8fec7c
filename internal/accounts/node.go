package accounts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

const (
	maxKeys  = 100 // of a mapping, known or not
	maxShown = 64  // characters of what an operator wrote, in a fault
)

// field is a value and what it is called in faults: the key that it stands behind, or where in a list.
type field struct {
	name  string
	line  int
	value *yaml.Node
}

// mapping is the fields that an operator gave.
type mapping struct {
	line   int
	fields map[string]field
	meant  map[string]bool // known keys that an unknown one probably was, so that they are not missed too
}

// mapping reads a mapping that has no other keys than the known ones, each once.
func (r *reader) mapping(f field, known []string) (m mapping, ok bool) {
	switch {
	case f.value.Kind != yaml.MappingNode:
		r.wrong(f, "must be a mapping of "+strings.Join(known, ", ")+r.hint(f))
		return m, false
	case len(f.value.Content) > 2*maxKeys:
		r.wrong(f, fmt.Sprintf("has more than %d keys", maxKeys))
		return m, false
	}
	m = mapping{line: f.value.Line, fields: map[string]field{}, meant: map[string]bool{}}
	for i := 0; i+1 < len(f.value.Content); i += 2 {
		r.key(&m, f.value.Content[i], f.value.Content[i+1], known)
	}
	return m, true
}

func (r *reader) key(m *mapping, key, value *yaml.Node, known []string) {
	name := key.Value
	earlier, doubled := m.fields[name]
	switch {
	case key.Kind != yaml.ScalarNode:
		r.add(key.Line, "a key must be one of "+strings.Join(known, ", "))
	case doubled:
		r.add(key.Line, fmt.Sprintf("%s stands in line %d already", show(name), earlier.line))
	default:
		m.fields[name] = field{name, key.Line, value}
		r.known(m, m.fields[name], known)
	}
}

// known refuses a key that is not. A password in the open has an answer of its own.
func (r *reader) known(m *mapping, f field, known []string) {
	near := spell.Nearest(f.name, known)
	switch {
	case slices.Contains(known, f.name):
	case f.name == "password":
		r.add(f.line, "password is refused: no secret stands in this file; password_file or password_env says where it is")
		m.meant["password_file"] = true
	case near != "":
		r.add(f.line, show(f.name)+" is not known here; did you mean "+near+"?")
		m.meant[near] = true
	default:
		r.add(f.line, show(f.name)+" is not known here; there are "+strings.Join(known, ", "))
	}
}

// list reads a list of at least one and at most so many elements. Each bears its own line.
func (r *reader) list(f field, most int) []field {
	switch {
	case f.value.Kind != yaml.SequenceNode:
		r.wrong(f, "must be a list"+r.hint(f))
		return nil
	case len(f.value.Content) == 0:
		r.wrong(f, "must not be empty")
		return nil
	case len(f.value.Content) > most:
		r.wrong(f, fmt.Sprintf("has more than %d elements", most))
		return nil
	}
	elements := make([]field, len(f.value.Content))
	for i, n := range f.value.Content {
		elements[i] = field{"each of " + f.name, n.Line, n}
	}
	return elements
}

// text reads a string that is not empty. What YAML takes for a number is refused: 007 would be no id that anybody wrote.
func (r *reader) text(f field) (text string, ok bool) {
	switch n := f.value; {
	case n.Kind != yaml.ScalarNode:
		r.wrong(f, "must be a string"+r.hint(f))
	case n.Value == "" || n.Tag == "!!null":
		r.wrong(f, "must not be empty")
	case n.Tag != "!!str":
		r.wrong(f, `must be a string; put it in quotes, as in "2"`)
	case strings.ContainsFunc(n.Value, unicode.IsControl) || !utf8.ValidString(n.Value):
		r.wrong(f, "must have no line break or other control character")
	default:
		return n.Value, true
	}
	return "", false
}

// hint tells those who would share a value that it has to be written out.
func (r *reader) hint(f field) string {
	if f.value.Kind == yaml.AliasNode {
		return ", written out: aliases are not read"
	}
	return ""
}

func (r *reader) wrong(f field, what string) { r.add(f.line, f.name+" "+what) }

// show quotes what an operator wrote, in one line of bounded length.
func show(text string) string {
	if runes := []rune(text); len(runes) > maxShown {
		text = string(runes[:maxShown]) + "…"
	}
	return strconv.Quote(text)
}
