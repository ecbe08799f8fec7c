package table

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// Dialect is a variant of CSV.
type Dialect int

// The dialects.
const (
	RFC4180 Dialect = iota
	ExcelBR         // what a Brazilian Excel opens by a double click: semicolons, decimal commas, a byte order mark
)

// field returns a JSON value as a field of column c. Without a value the field is empty.
func (d Dialect) field(c Column, value []byte) string {
	switch {
	case len(value) == 0 || string(value) == "null":
		return ""
	case c.json:
		return string(value)
	case value[0] == '"':
		text, _ := rows.Text(value) // U+FFFD is in place of half a surrogate pair
		return guarded(string(text))
	case d == ExcelBR && isNumber(value):
		return withComma(value)
	default:
		return string(value)
	}
}

// withComma returns a number with a decimal comma, if it has a decimal point.
func withComma(number []byte) string {
	whole, fraction, ok := bytes.Cut(number, []byte("."))
	if !ok {
		return string(number)
	}
	return string(whole) + "," + string(fraction)
}

// formulaStarts begin a formula in some spreadsheet, or are skipped before one.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// guarded returns text so that it begins no formula. It does not help a reader that splits fields by another separator than the writer's.
func guarded(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune(formulaStarts, first) {
		return "'" + text
	}
	return text
}

func isNumber(value []byte) bool { return value[0] == '-' || '0' <= value[0] && value[0] <= '9' }
