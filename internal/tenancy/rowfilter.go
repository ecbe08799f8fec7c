package tenancy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// RowFilter removes the rows that a caller may not see from a response that callers with different grants share. It never
// changes. The zero value removes nothing.
type RowFilter struct {
	granted *set   // nil: nothing is removed
	id      string // member that holds the id
	kind    string // resource_type that usages must have; empty for choices
	key     string
}

// newRowFilter returns the filter for lists of the bound's level: of choices, or of usages.
func newRowFilter(b *bound, choices bool) RowFilter {
	if choices {
		return RowFilter{granted: &b.set, id: "value", key: filterKey("choices", b)}
	}
	return RowFilter{granted: &b.set, id: "id", kind: b.level.String(), key: filterKey("usages", b)}
}

// filterKey is a hash over length-prefixed components, so that no id can imitate two.
func filterKey(rows string, b *bound) string {
	var text []byte
	for _, part := range append([]string{rows, b.level.String()}, b.ids...) {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Key identifies the filter: two with equal keys make the same of any body. It is empty if nothing is removed.
func (f RowFilter) Key() string { return f.key }

// Apply returns the body with the granted rows alone. They keep their bytes and their order, joined by commas; if all rows
// stay, it is the body itself. The error for a body that is no JSON array is fault.UpstreamInvalidResponse.
func (f RowFilter) Apply(body []byte) ([]byte, error) {
	if f.granted == nil {
		return body, nil
	}
	var kept [][]byte
	total := 0
	for row, err := range rows.Scan(body, f.id, "resource_type") {
		if err != nil {
			return nil, fault.InvalidList(err)
		}
		total++
		if f.keeps(row) {
			kept = append(kept, row.Raw)
		}
	}
	if len(kept) == total {
		return body, nil
	}
	return rows.Join(kept), nil
}

// keeps reports whether a row stays: an object with exactly one id, which is granted, and for usages exactly one
// resource_type, which is the list's. Members of nested objects do not count.
func (f *RowFilter) keeps(row rows.Row) bool {
	id, ok := rows.Text(row.Values[0])
	if !ok || !f.granted.hasText(id) {
		return false
	}
	kind, ok := rows.Text(row.Values[1])
	return f.kind == "" || ok && string(kind) == f.kind
}
