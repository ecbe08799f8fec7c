package query

import (
	"net/url"
	"strings"
)

// AppendLocation appends the path and query string of the canonical URL of a complete query: each parameter that has a value, in the order
// of the table.
func (q *Query) AppendLocation(b []byte) []byte {
	b = append(b, "/v1/"+string(q.Provider)+"/"+q.Endpoint.Name...)
	separator := byte('?')
	for p, value := range q.All() {
		if value != "" {
			b = AppendParam(append(b, separator), p.Name, value)
			separator = '&'
		}
	}
	return b
}

// AppendParam appends a parameter of a query string, percent-encoded; a space is %20, which clients cannot take for a plus.
func AppendParam(b []byte, name, value string) []byte {
	b = append(append(b, name...), '=')
	return append(b, strings.ReplaceAll(url.QueryEscape(value), "+", "%20")...)
}
