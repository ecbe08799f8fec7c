package tenancy

import (
	"strconv"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// maxShown ids of the caller's own are named in a message; /v1/me has them all.
const maxShown = 3

// choose asks for an id of every bound that the question leaves open, or gives nil. The list of the bound's own level may
// leave it open: its rows can be told apart, and are cut.
func (g *grant) choose(q *query.Query) error {
	var open []fault.Param
	own, _ := listed(q)
	for _, b := range g.bounds {
		if b != nil && !b.all && b.level != own && *b.level.named(q) == "" {
			open = append(open, fault.Param{Name: parameters[b.level], Message: b.offer()})
		}
	}
	if open == nil {
		return nil
	}
	return &fault.Error{Kind: fault.InvalidRequest, Params: open}
}

func (b *bound) offer() string {
	shown := make([]string, 0, maxShown+1)
	for _, id := range b.ids[:min(maxShown, len(b.ids))] {
		shown = append(shown, strconv.Quote(id))
	}
	if more := len(b.ids) - maxShown; more > 0 {
		shown = append(shown, strconv.Itoa(more)+" more, which GET /v1/me lists")
	}
	return "is needed here, since your profiles grant " + strconv.Itoa(len(b.ids)) + " " + b.level.String() +
		": choose " + either(shown)
}
