package table

import (
	"bytes"
	"encoding/csv"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

const byteOrderMark = "\uFEFF"

// Write returns a JSON array of rows, which must be valid UTF-8, as CSV. A field is empty if its value is null or absent, or if the
// row has its member several times. The error is that of a list that is no JSON array.
func Write(list []byte, columns []Column, d Dialect) ([]byte, error) {
	w := newWriter(columns, d)
	w.out.Grow(len(list)) // more than it takes, without the names of members
	w.header()
	for row, err := range rows.Scan(list, w.members...) {
		if err != nil {
			return nil, err
		}
		w.row(row.Values)
	}
	return w.out.Bytes(), nil
}

// writer writes one table.
type writer struct {
	dialect Dialect
	columns []Column
	members []string // that the columns read, each once
	at      []int    // by column: the place of its member in members

	out      bytes.Buffer
	csv      *csv.Writer // into out
	fields   []string    // of the next record, by column
	elements [][]byte    // of the array that columns read at last, from its first element on
}

func newWriter(columns []Column, d Dialect) *writer {
	w := &writer{dialect: d, columns: columns, fields: make([]string, len(columns))}
	for _, c := range columns {
		if !slices.Contains(w.members, c.member) {
			w.members = append(w.members, c.member)
		}
		w.at = append(w.at, slices.Index(w.members, c.member))
	}
	w.csv = csv.NewWriter(&w.out)
	if d == ExcelBR {
		w.csv.Comma = ';'
		w.out.WriteString(byteOrderMark)
	}
	return w
}

func (w *writer) header() {
	for i, c := range w.columns {
		w.fields[i] = c.name
	}
	w.record()
}

// row writes the record of a row, which has these values of w.members.
func (w *writer) row(values [][]byte) {
	for i, c := range w.columns {
		value := values[w.at[i]]
		if c.element == 1 {
			w.elements = split(value, w.elements[:0])
		}
		if c.element > 0 {
			value = nth(w.elements, c.element)
		}
		w.fields[i] = w.dialect.field(c, value)
	}
	w.record()
}

// record writes the fields as one record. The writer's own UseCRLF would change the line breaks inside fields too.
func (w *writer) record() {
	_ = w.csv.Write(w.fields) // fails only if the separator cannot be one
	w.csv.Flush()
	w.out.Truncate(w.out.Len() - len("\n"))
	w.out.WriteString("\r\n")
}

// split appends the elements of a JSON array. Any other value has none.
func split(array []byte, elements [][]byte) [][]byte {
	for element, err := range rows.Scan(array) {
		if err == nil { // else it is no array
			elements = append(elements, element.Raw)
		}
	}
	return elements
}

// nth returns the element with this number, from 1, or nil.
func nth(elements [][]byte, n int) []byte {
	if n > len(elements) {
		return nil
	}
	return elements[n-1]
}
