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

// value is a text of the file.
type value struct {
	text string
	key  string // its name in faults
	line int    // of the key, or of the element of a list; 0: it is absent or faulty
}

// mapping has the keys of a mapping.
type mapping struct {
	line   int            // 0: it is absent or no mapping
	keys   map[string]int // the lines of its keys, known or not; -1 for a known key that a misspelt one was probably meant to be
	faults bool           // something in it is faulty
}

// decoder decodes YAML into structs and gathers all faults. The library's decoder reports neither the nearest known key nor more than
// the first duplicate, and its errors quote values, which may be passwords.
//
// The first field of a struct is a mapping. The others are values, structs, or lists of these; what is absent or faulty stays zero. Their
// tags: yaml is the key, required says what a required key is for, most bounds a list.
type decoder struct {
	faults, warnings []remark
}

func (d *decoder) fault(line int, text string) { d.faults = append(d.faults, remark{line, text}) }
func (d *decoder) wrong(v value, text string)  { d.fault(v.line, v.key+" "+text) }
func (d *decoder) warn(v value, text string) {
	d.warnings = append(d.warnings, remark{v.line, v.key + " " + text})
}

// document decodes the one document of the file into a struct, and reports whether it has values.
func (d *decoder) document(content []byte, target any) bool {
	control := func(c rune) bool { return unicode.IsControl(c) && c != '\t' && c != '\r' }
	for i, line := range bytes.Split(content, []byte("\n")) { // the library reports no line
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
		return d.decode(value{key: "the file", line: root.Line}, root, 0, reflect.ValueOf(target).Elem())
	default:
		d.fault(documents[1].Line, "a second document begins here; there can be one")
		return false
	}
}

// syntax repeats messages of the scanner and the parser, which quote no value. Later stages quote the name of an alias, which may be a
// password that begins with an asterisk.
func (d *decoder) syntax(err error) {
	e, text := &yaml.LoadError{}, "this YAML is not supported here; write values out instead of aliases"
	if errors.As(err, &e) && (e.Stage == yaml.ScannerStage || e.Stage == yaml.ParserStage) {
		text = "this is no YAML: " + e.Message
	}
	d.fault(max(e.Mark.Line, 1), text)
}

// decode decodes a node, named and located by v, and reports whether the target has a value. most bounds a list.
func (d *decoder) decode(v value, n *yaml.Node, most int, target reflect.Value) (ok bool) {
	switch {
	case n.Kind == yaml.AliasNode:
		d.wrong(v, "must be written out: aliases are not read")
	case target.Kind() == reflect.Slice:
		ok = d.list(v, n, most, target)
	case target.Type() == reflect.TypeFor[value]():
		if ok = d.isText(v, n); ok {
			v.text = n.Value
			target.Set(reflect.ValueOf(v))
		}
	default:
		ok = d.mapping(v, n, target)
	}
	return ok
}

// isText requires a string that is not empty. It refuses what YAML takes for a number: 007 would not be the id that the operator wrote.
func (d *decoder) isText(v value, n *yaml.Node) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.wrong(v, "must be a string")
	case n.Value == "" || n.Tag == "!!null":
		d.wrong(v, "must not be empty")
	case n.Tag != "!!str":
		d.wrong(v, `must be a string; put it in quotes, as in "2"`)
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		d.wrong(v, "must have no line break or other control character")
	default:
		return true
	}
	return false
}

func (d *decoder) list(v value, n *yaml.Node, most int, target reflect.Value) bool {
	switch {
	case n.Kind != yaml.SequenceNode:
		d.wrong(v, "must be a list")
	case len(n.Content) == 0:
		d.wrong(v, "must not be empty")
	case len(n.Content) > most:
		d.wrong(v, fmt.Sprintf("has more than %d elements", most))
	default:
		target.Set(reflect.MakeSlice(target.Type(), len(n.Content), len(n.Content)))
		for i, element := range n.Content {
			d.decode(value{key: "each of " + v.key, line: element.Line}, element, 0, target.Index(i))
		}
		return true
	}
	return false
}

func (d *decoder) mapping(v value, n *yaml.Node, target reflect.Value) bool {
	fields := target.Type()
	known := make([]string, fields.NumField()-1)
	for i := range known {
		known[i] = fields.Field(i + 1).Tag.Get("yaml")
	}
	switch {
	case n.Kind != yaml.MappingNode:
		d.wrong(v, "must be a mapping of "+strings.Join(known, ", "))
		return false
	case len(n.Content) > 2*maxKeys:
		d.wrong(v, fmt.Sprintf("has more than %d keys", maxKeys))
		return false
	}
	m, before := mapping{line: n.Line, keys: map[string]int{}}, len(d.faults)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if f := slices.Index(known, d.key(m, n.Content[i], known)) + 1; f > 0 {
			most, _ := strconv.Atoi(fields.Field(f).Tag.Get("most"))
			d.decode(value{key: known[f-1], line: n.Content[i].Line}, n.Content[i+1], most, target.Field(f))
		}
	}
	for i, name := range known {
		if purpose := fields.Field(i + 1).Tag.Get("required"); purpose != "" && m.keys[name] == 0 {
			d.fault(m.line, name+" is required: "+purpose)
		}
	}
	m.faults = len(d.faults) > before
	target.Field(0).Set(reflect.ValueOf(m))
	return true
}

// key returns the name of a key that is there for the first time and is known, or "".
func (d *decoder) key(m mapping, n *yaml.Node, known []string) string {
	name, near := n.Value, spell.Nearest(n.Value, known)
	first := m.keys[name]
	if n.Kind == yaml.ScalarNode && first <= 0 {
		m.keys[name] = n.Line
	}
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fault(n.Line, "a key must be one of "+strings.Join(known, ", "))
	case first > 0:
		d.fault(n.Line, fmt.Sprintf("%s stands in line %d already", quote(name), first))
	case slices.Contains(known, name):
		return name
	case name == "password":
		d.fault(n.Line, "password is refused: no secret stands in this file; password_file or password_env says where it is")
	case near != "":
		d.fault(n.Line, quote(name)+" is not known here; did you mean "+near+"?")
		m.keys[near] = cmp.Or(m.keys[near], -1)
	default:
		d.fault(n.Line, quote(name)+" is not known here; there are "+strings.Join(known, ", "))
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
