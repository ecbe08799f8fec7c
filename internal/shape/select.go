package shape

import (
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// Select returns the list that a query selects from the body of the index, and how many rows the search has left before paging.
func (x *Index) Select(body []byte, q *query.Query) (list []byte, total int) {
	selected := x.names.search(q.Q)
	for _, key := range slices.Backward(q.Order) { // each sort is stable, so the last one counts most
		selected = x.rankings[key.Member].sorted(selected, key.Descending)
	}
	total = len(selected)
	if q.Most > 0 {
		first := min(q.First, total)
		selected = selected[first:min(first+q.Most, total)]
	}
	chosen := make([][]byte, len(selected))
	for i, row := range selected {
		chosen[i] = body[x.rows[row].start:x.rows[row].end]
	}
	return rows.Join(chosen), total
}
