package shape

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// Index is what the rows of one body compare by.
type Index struct {
	rows     []span
	rankings []ranking // by member of the endpoint
	names    corpus
}

// span is where a row is in the body.
type span struct{ start, end uint32 }

// New returns the index of a body of the endpoint. The error is that of a body that is no JSON array.
func New(body []byte, e *query.Endpoint) (*Index, error) {
	x, keys := &Index{}, make([]arena, len(e.Members))
	texts := borrowTexts()
	defer texts.giveBack()
	for row, err := range rows.Scan(body, memberNames(e)...) {
		if err != nil {
			return nil, err
		}
		x.rows = append(x.rows, span{uint32(row.Start), uint32(row.Start + len(row.Raw))}) //nolint:gosec // ROCKET_MAX_RESPONSE_BYTES
		for i, member := range e.Members {
			keys[i].text = texts.appendKey(keys[i].text, member, row.Values[i])
			keys[i].end()
			if member.Searched {
				x.names.add(texts, row.Values[i])
			}
		}
	}
	for _, k := range keys {
		x.rankings = append(x.rankings, rank(k))
	}
	x.clip()
	return x, nil
}

func memberNames(e *query.Endpoint) (names []string) {
	for _, m := range e.Members {
		names = append(names, m.Name)
	}
	return names
}

// clip drops what appending has reserved.
func (x *Index) clip() {
	x.rows = slices.Clone(x.rows)
	x.names = corpus{arena{bytes.Clone(x.names.text), slices.Clone(x.names.ends)}}
}

// Weight returns about what the index takes in memory, in bytes.
func (x *Index) Weight() int {
	const fixed, perRow, perRank = 512, 8 + 4, 4
	return fixed + len(x.rows)*(perRow+perRank*len(x.rankings)) + len(x.names.text)
}

// ranking has the rank of each row by one member, from 0 without gaps. Rows with equal values have one rank; a row without a value has
// the rank last.
type ranking struct {
	ranks []uint32 // by row
	last  uint32
}

// rank returns the ranking of rows by keys, which sort as bytes. An empty key is no value.
func rank(keys arena) ranking {
	order := make([]uint32, 0, len(keys.ends))
	for row := range uint32(len(keys.ends)) { //nolint:gosec // ROCKET_MAX_RESPONSE_BYTES
		if len(keys.at(row)) > 0 {
			order = append(order, row)
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(bytes.Compare(keys.at(a), keys.at(b)), cmp.Compare(a, b)) })
	r := ranking{ranks: make([]uint32, len(keys.ends))}
	for i, row := range order {
		if i > 0 && !bytes.Equal(keys.at(order[i-1]), keys.at(row)) {
			r.last++
		}
		r.ranks[row] = r.last
	}
	if len(order) > 0 {
		r.last++
	}
	for row := range uint32(len(keys.ends)) { //nolint:gosec // as above
		if len(keys.at(row)) == 0 {
			r.ranks[row] = r.last
		}
	}
	return r
}

// place returns the place of a row among the ranks of one direction. Rows without a value are last in both.
func (r *ranking) place(row uint32, descending bool) uint32 {
	if place := r.ranks[row]; !descending || place == r.last {
		return place
	}
	return r.last - 1 - r.ranks[row]
}

// sorted returns the rows in order of their ranks. The sort is stable: a counting sort.
func (r *ranking) sorted(all []uint32, descending bool) []uint32 {
	starts := make([]uint32, r.last+2)
	for _, row := range all {
		starts[r.place(row, descending)+1]++
	}
	for i := range r.last {
		starts[i+1] += starts[i]
	}
	sorted := make([]uint32, len(all))
	for _, row := range all {
		next := &starts[r.place(row, descending)]
		sorted[*next] = row
		*next++
	}
	return sorted
}
