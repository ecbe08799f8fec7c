package accounts

import (
	"io"
	"net/url"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"
)

// The file and what is in it are bounded.
const (
	maxBytes    = 1 << 20
	maxAccounts = 100
	maxRules    = 1_000
	maxIDs      = 10_000 // of all rules together, values of claims included
)

// Defaults are what the environment adds to the file.
type Defaults struct {
	URL       *url.URL // for accounts that name none
	Account   *Account // ROCKET_USERNAME's; nil where it is not set
	Anonymous bool     // callers have no claims
}

// reader goes over a file once and gathers what there is to say about it.
type reader struct {
	defaults Defaults
	getenv   func(string) string
	dir      string // where relative paths begin

	files            []string // that were read
	faults, warnings []remark

	names  names
	ids    int // read so far
	closed int // the line of a last rule without conditions, which leaves no question over; 0: there is none
}

// Read reads the file at path. getenv gives variables of the environment. The error is of type Faults.
func Read(path string, defaults Defaults, getenv func(string) string) (*Book, error) {
	content, err := readBounded(path)
	switch {
	case err != nil:
		return nil, Faults{path + " cannot be read"}
	case len(content) > maxBytes:
		return nil, Faults{path + " is larger than 1 MiB"}
	}
	r := &reader{defaults: defaults, getenv: getenv, dir: filepath.Dir(path), files: []string{path}, names: newNames(defaults.Account)}
	var book *Book
	if root, ok := r.root(content); ok {
		book = r.book(root)
	}
	if len(r.faults) > 0 {
		return nil, Faults(inOrder(path, r.faults))
	}
	book.Files = r.files
	book.Warnings = inOrder(path, r.warnings)
	return book, nil
}

// readBounded reads one byte more than is allowed at most: pipes and devices do not tell their size.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}

func (r *reader) add(line int, text string) { r.faults = append(r.faults, remark{line, text}) }

// book reads the document.
func (r *reader) book(root *yaml.Node) *Book {
	m, ok := r.mapping(field{"the file", root.Line, root}, []string{"accounts", "rules", "default"})
	if !ok {
		return nil
	}
	b := &Book{Accounts: r.accounts(m)}
	b.rules = r.rules(m)
	b.otherwise = r.otherwise(m)
	r.unused(m)
	return b
}
