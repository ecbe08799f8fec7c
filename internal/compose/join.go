package compose

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// texts are the text members of the rows of a trend, in the order of their body, followed by actual.
var texts = []string{"id", "parent_id", "resource_type", "name"}

var joinedMembers = append(slices.Clone(texts), "actual")

// join joins the rows of several months.
type join struct {
	series map[key]*series
	totals []decimal.Sum // by month, of all rows
}

// series is one row over the months.
type series struct {
	key    key
	month  int       // the newest one that has the row
	texts  [4][]byte // of the first such row of that month, as JSON; nil if it has none
	actual []amount  // oldest month first; several of one month are to be added
}

// amount is a number of Rocket's.
type amount struct {
	month int
	value []byte // a part of the month's body
}

// key is what rows are joined on.
type key struct{ id, resourceType identity }

// identity is a JSON value that compares by what it stands for. Values of two kinds differ, such as 1 and "1".
type identity struct {
	kind byte // the first byte of the value; 0 for none, a backslash for a string that stands for no text
	text string
}

// add adds the rows of a month, which must not be older than those before.
func (j *join) add(month int, body []byte) error {
	for row, err := range rows.Scan(body, joinedMembers...) {
		if err != nil {
			return err
		}
		actual := row.Values[len(texts)]
		counts := j.totals[month].Add(actual)
		s := j.find(row.Values[0], row.Values[2], month)
		if s == nil {
			continue
		}
		if s.month != month || s.texts[0] == nil {
			s.month = month
			copy(s.texts[:], row.Values)
		}
		if counts {
			s.actual = append(s.actual, amount{month, actual})
		}
	}
	return nil
}

// find returns the series of a row, a new one if there is none yet; nil for a row without an id.
func (j *join) find(id, resourceType []byte, month int) *series {
	idKind, idText := identify(id)
	typeKind, typeText := identify(resourceType)
	if idKind == 0 {
		return nil
	}
	s := j.series[key{identity{idKind, string(idText)}, identity{typeKind, string(typeText)}}] // does not allocate
	if s == nil {
		s = &series{key: key{identity{idKind, string(idText)}, identity{typeKind, string(typeText)}}, month: month}
		j.series[s.key] = s
	}
	return s
}

// identify returns what the identity of a JSON value is made of. null is no value.
func identify(value []byte) (kind byte, text []byte) {
	if len(value) == 0 || value[0] == 'n' {
		return 0, nil
	}
	switch text, ok := rows.Text(value); {
	case ok:
		return '"', text
	case value[0] == '"': // half of a surrogate pair; two halves differ
		return '\\', value
	}
	return value[0], value
}

// sorted returns all series by id, then by resource_type.
func (j *join) sorted() []*series {
	return slices.SortedFunc(maps.Values(j.series), func(a, b *series) int {
		return cmp.Or(
			cmp.Compare(a.key.id.text, b.key.id.text), cmp.Compare(a.key.resourceType.text, b.key.resourceType.text),
			cmp.Compare(a.key.id.kind, b.key.id.kind), cmp.Compare(a.key.resourceType.kind, b.key.resourceType.kind),
		)
	})
}
