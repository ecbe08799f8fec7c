package doctor

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// sameResponse sends the first query again. The month is over, so that its response seldom changes.
func sameResponse(ctx context.Context, p *provider) Finding {
	body, err := p.query(ctx, first, query.Params{})
	switch {
	case err != nil:
		return queryFailed(err)
	case string(body) == string(p.responses[first]):
		return pass("the same query has the same response, byte for byte")
	case slices.Equal(canonical(body), canonical(p.responses[first])):
		return pass("the same query has the same rows, in other words or order")
	}
	return warn("run doctor again; if it stays, responses must not be cached", "the same query has another response a moment later")
}

// canonical returns the rows of a list, sorted, each with its members sorted and its numbers as they are.
func canonical(body []byte) (rows []string) {
	var all []any
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if decoder.Decode(&all) != nil {
		return nil
	}
	for _, row := range all {
		text, _ := json.Marshal(row) // cannot fail: it was decoded
		rows = append(rows, string(text))
	}
	slices.Sort(rows)
	return rows
}
