package tenancy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Cut takes the rows out of reach from an answer that is shared by callers of different reach. It never changes. The zero
// value cuts nothing.
type Cut struct {
	reach *set   // nil: nothing is cut
	kind  string // resource_type that usages must have; empty for rows to choose from
	id    string // member that holds the id
	key   string
}

// newCut cuts lists of the bound's level: rows to choose from, or usages.
func newCut(b *bound, picker bool) Cut {
	if picker {
		return Cut{reach: &b.set, id: "value", key: identity("choices", b)}
	}
	return Cut{reach: &b.set, id: "id", kind: b.level.String(), key: identity("usages", b)}
}

// identity is a hash over length-prefixed components, so that no id can imitate two.
func identity(rows string, b *bound) string {
	var text []byte
	for _, part := range append([]string{rows, b.level.String()}, b.ids...) {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Key identifies the cut: two with equal keys make the same of any body. It is empty where nothing is cut.
func (c Cut) Key() string { return c.key }

// Apply gives the body with the rows in reach alone. They keep their bytes and their order, joined by commas; where all rows
// stay the body itself is given. A body that is no JSON array is fault.UpstreamInvalidResponse.
func (c Cut) Apply(body []byte) ([]byte, error) {
	if c.reach == nil {
		return body, nil
	}
	s := scanner{text: body}
	var kept []row
	size, dropped := 0, false
	for range s.elements {
		s.next()
		start := s.at
		if c.keeps(&s) {
			kept = append(kept, row{start, s.at})
			size += s.at - start + 1
		} else {
			dropped = true
		}
	}
	switch {
	case !s.ended():
		return nil, &fault.Error{
			Kind: fault.UpstreamInvalidResponse, Detail: "Rocket's answer is not the JSON array that belongs here.",
			Cause: errors.New("the rows in reach cannot be told from the others"),
		}
	case !dropped:
		return body, nil
	}
	return join(body, kept, size), nil
}

// row is where one stands in the body.
type row struct{ start, end int }

// join makes an array of rows, whose bytes with a comma each are size.
func join(body []byte, rows []row, size int) []byte {
	array := append(make([]byte, 0, size+2), '[')
	for i, r := range rows {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, body[r.start:r.end]...)
	}
	return append(array, ']')
}
