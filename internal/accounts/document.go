package accounts

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// root gives the one document of the file.
func (r *reader) root(content []byte) (root *yaml.Node, ok bool) {
	if line := unreadable(content); line > 0 {
		r.add(line, "must be text in UTF-8 without control characters")
		return nil, false
	}
	var documents []yaml.Node
	if err := yaml.Load(content, &documents, yaml.WithAllDocuments()); err != nil {
		r.syntax(err)
		return nil, false
	}
	switch {
	case len(documents) == 0:
		r.add(1, "there is nothing in this file; it needs accounts")
		return nil, false
	case len(documents) > 1:
		r.add(documents[1].Line, "a second document begins here; there can be one")
		return nil, false
	}
	return documents[0].Content[0], true
}

// syntax repeats what the scanner or parser says, which names no value. Others do: they quote the name of an alias, which may
// be a password that begins with an asterisk.
func (r *reader) syntax(err error) {
	var e *yaml.LoadError
	switch {
	case !errors.As(err, &e):
		r.add(1, "this is no YAML")
	case e.Stage == yaml.ScannerStage || e.Stage == yaml.ParserStage:
		r.add(max(e.Mark.Line, 1), "this is no YAML: "+e.Message)
	default:
		r.add(max(e.Mark.Line, 1), "this is no YAML that is read here; aliases are not")
	}
}

// unreadable gives the first line that is no plain text, or 0. The parser would not say which.
func unreadable(content []byte) (line int) {
	line = 1
	for len(content) > 0 {
		c, size := utf8.DecodeRune(content)
		switch {
		case c == '\n':
			line++
		case c == utf8.RuneError && size == 1, unicode.IsControl(c) && c != '\t' && c != '\r':
			return line
		}
		content = content[size:]
	}
	return 0
}
