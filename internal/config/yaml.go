package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

const (
	maxKeys   = 100 // of a mapping, known or not
	maxQuoted = 64  // characters of the file that a fault quotes
	maxFaults = 100 // that are reported of one file
)

// remark is a fault or a warning about a line.
type remark struct {
	line int
	text string
}

// report returns the remarks in the order of their lines.
func report(path string, remarks []remark) (lines []string) {
	slices.SortStableFunc(remarks, func(a, b remark) int { return cmp.Compare(a.line, b.line) })
	for i, r := range remarks {
		if i == maxFaults {
			return append(lines, fmt.Sprintf("%s: and %d more", path, len(remarks)-i))
		}
		lines = append(lines, fmt.Sprintf("%s line %d: %s", path, r.line, r.text))
	}
	return lines
}

// decoder decodes YAML into structs and gathers all faults. The library's decoder reports neither the nearest known key nor more than
// the first duplicate, and its errors quote values, which may be passwords.
//
// A struct embeds mapping. Its fields have tags: yaml is the key, required says what a required key is for, most bounds a list. A field
// is a *value, a pointer to a struct, or a slice of either. It stays nil if its key is absent or faulty.
type decoder struct {
	faults, warnings []remark
}

// value is a text of the file.
type value struct {
	text string
	key  string // what faults call it
	line int    // of the key, or of the element of a list
}

// mapping has the keys of a mapping.
type mapping struct {
	line int
	keys map[string]int // the lines of its keys, known or not; -1 for a known key that a misspelt one was probably meant to be
}

func (m *mapping) base() *mapping { return m }

// node is a node that has not been decoded.
type node struct {
	*yaml.Node
	value
	most int // elements, if it is a list
}

func (d *decoder) fault(line int, text string) { d.faults = append(d.faults, remark{line, text}) }
func (d *decoder) wrong(v *value, what string) { d.fault(v.line, v.key+" "+what) }
func (d *decoder) warn(v *value, what string) {
	d.warnings = append(d.warnings, remark{v.line, v.key + " " + what})
}

// document decodes the one document of the file into a struct, and reports whether that struct has been filled.
func (d *decoder) document(content []byte, target any) bool {
	for i, line := range bytes.Split(content, []byte("\n")) { // the library reports no line
		control := func(c rune) bool { return unicode.IsControl(c) && c != '\t' && c != '\r' }
		if !utf8.Valid(line) || bytes.ContainsFunc(line, control) {
			d.fault(i+1, "must be text in UTF-8 without control characters")
			return false
		}
	}
	var documents []yaml.Node
	if err := yaml.Load(content, &documents, yaml.WithAllDocuments()); err != nil {
		d.syntax(err)
		return false
	}
	switch len(documents) {
	case 0:
		d.fault(1, "the file is empty; it needs accounts")
		return false
	case 1:
		root := documents[0].Content[0]
		return d.decode(node{root, value{key: "the file", line: root.Line}, 0}, reflect.ValueOf(target).Elem())
	default:
		d.fault(documents[1].Line, "a second document begins here; there can be one")
		return false
	}
}

// syntax repeats messages of the scanner and the parser, which quote no value. Later stages quote the name of an alias, which may be a
// password that begins with an asterisk.
func (d *decoder) syntax(err error) {
	var e *yaml.LoadError
	switch {
	case !errors.As(err, &e):
		d.fault(1, "this is no YAML")
	case e.Stage == yaml.ScannerStage || e.Stage == yaml.ParserStage:
		d.fault(max(e.Mark.Line, 1), "this is no YAML: "+e.Message)
	default:
		d.fault(max(e.Mark.Line, 1), "this YAML is not supported here; write values out instead of aliases")
	}
}

// decode decodes a node into a field and reports whether the field has a value.
func (d *decoder) decode(n node, target reflect.Value) bool {
	switch {
	case target.Kind() == reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		if d.decode(n, target.Elem()) {
			return true
		}
		target.SetZero()
		return false
	case target.Kind() == reflect.Slice:
		return d.list(n, target)
	case target.Type() == reflect.TypeFor[value]():
		return d.text(n, target)
	default:
		return d.mapping(n, target)
	}
}

// text decodes a string that is not empty. It refuses what YAML takes for a number: 007 would not be the id that the operator wrote.
func (d *decoder) text(n node, target reflect.Value) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.wrong(&n.value, "must be a string"+n.hint())
	case n.Value == "" || n.Tag == "!!null":
		d.wrong(&n.value, "must not be empty")
	case n.Tag != "!!str":
		d.wrong(&n.value, `must be a string; put it in quotes, as in "2"`)
	case strings.ContainsFunc(n.Value, unicode.IsControl) || !utf8.ValidString(n.Value):
		d.wrong(&n.value, "must have no line break or other control character")
	default:
		n.text = n.Value
		target.Set(reflect.ValueOf(n.value))
		return true
	}
	return false
}

// list decodes a list. An element that is faulty is nil.
func (d *decoder) list(n node, target reflect.Value) bool {
	switch {
	case n.Kind != yaml.SequenceNode:
		d.wrong(&n.value, "must be a list"+n.hint())
		return false
	case len(n.Content) == 0:
		d.wrong(&n.value, "must not be empty")
		return false
	case len(n.Content) > n.most:
		d.wrong(&n.value, fmt.Sprintf("has more than %d elements", n.most))
		return false
	}
	target.Set(reflect.MakeSlice(target.Type(), len(n.Content), len(n.Content)))
	for i, element := range n.Content {
		d.decode(node{element, value{key: "each of " + n.key, line: element.Line}, 0}, target.Index(i))
	}
	return true
}

func (d *decoder) mapping(n node, target reflect.Value) bool {
	fields := reflect.VisibleFields(target.Type())
	fields = slices.DeleteFunc(fields, func(f reflect.StructField) bool { return f.Tag.Get("yaml") == "" })
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.Tag.Get("yaml")
	}
	switch {
	case n.Kind != yaml.MappingNode:
		d.wrong(&n.value, "must be a mapping of "+strings.Join(known, ", ")+n.hint())
		return false
	case len(n.Content) > 2*maxKeys:
		d.wrong(&n.value, fmt.Sprintf("has more than %d keys", maxKeys))
		return false
	}
	m := target.Addr().Interface().(interface{ base() *mapping }).base()
	*m = mapping{line: n.Line, keys: map[string]int{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if f := slices.Index(known, d.key(m, n.Content[i], known)); f >= 0 {
			most, _ := strconv.Atoi(fields[f].Tag.Get("most"))
			v := value{key: known[f], line: n.Content[i].Line}
			d.decode(node{n.Content[i+1], v, most}, target.FieldByIndex(fields[f].Index))
		}
	}
	for i, f := range fields {
		if purpose := f.Tag.Get("required"); purpose != "" && m.keys[known[i]] == 0 {
			d.fault(m.line, known[i]+" is required: "+purpose)
		}
	}
	return true
}

// key returns the name of a key that is there for the first time and is known, or "".
func (d *decoder) key(m *mapping, n *yaml.Node, known []string) string {
	if n.Kind != yaml.ScalarNode {
		d.fault(n.Line, "a key must be one of "+strings.Join(known, ", "))
		return ""
	}
	name, near := n.Value, spell.Nearest(n.Value, known)
	if line := m.keys[name]; line > 0 {
		d.fault(n.Line, fmt.Sprintf("%s stands in line %d already", quote(name), line))
		return ""
	}
	m.keys[name] = n.Line
	switch {
	case slices.Contains(known, name):
		return name
	case name == "password" && slices.Contains(known, "password_file"):
		d.fault(n.Line, "password is refused: no secret stands in this file; password_file or password_env says where it is")
	case near != "":
		d.fault(n.Line, quote(name)+" is not known here; did you mean "+near+"?")
		m.keys[near] = cmp.Or(m.keys[near], -1)
	default:
		d.fault(n.Line, quote(name)+" is not known here; there are "+strings.Join(known, ", "))
	}
	return ""
}

// hint returns the end of a fault about an alias, whose value has to be repeated instead.
func (n node) hint() string {
	if n.Kind == yaml.AliasNode {
		return ", written out: aliases are not read"
	}
	return ""
}

// quote quotes a text of the file, in one line of bounded length.
func quote(text string) string {
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}
