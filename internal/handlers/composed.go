package handlers

import (
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/compose"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/shape"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
)

// body returns the body of a composed resource, and what its entity tag is made of. state is that of the least settled part.
func (c *composition) body(state cache.State) (body, tagged []byte, err error) {
	switch c.query.Endpoint {
	case query.Top:
		body, err = c.top()
	case query.Overview:
		body, err = c.overview(state)
	default:
		return c.trend(state)
	}
	return body, body, err
}

// top returns the largest rows of the last part, and what the others come to.
func (c *composition) top() ([]byte, error) {
	list := c.last().content
	index, err := c.shaper.index(c.r.Context(), query.Usages, list)
	if err != nil {
		return nil, err
	}
	largest, _ := index.Select(list.Body, &c.query)
	return compose.Top(list.Body, largest, c.currency())
}

func (c *composition) overview(state cache.State) ([]byte, error) {
	parts := make([]compose.Part, len(c.parts))
	for i, p := range c.parts {
		if parts[i] = (compose.Part{Name: p.name, Reason: p.omitted}); p.omitted == "" {
			parts[i].Body = p.content.Body
		}
	}
	top, err := c.top()
	if err != nil {
		return nil, inPart(c.last().name, err)
	}
	parts[len(parts)-1].Body = top
	period := compose.Period{Start: string(c.query.Start), End: string(c.query.End), State: string(state)}
	return compose.Overview(c.currency(), period, parts), nil
}

func (c *composition) trend(state cache.State) (body, tagged []byte, err error) {
	var months []compose.Month
	var periods []string
	for i, p := range c.parts {
		of := c.query.Periods[i]
		months = append(months, compose.Month{
			Period: of.Month, Start: string(of.Start), End: string(of.End), State: string(p.found.Entry.State), Body: p.content.Body,
		})
		periods = append(periods, of.Month)
	}
	comparable := c.query.Aligned || c.last().found.Entry.State != cache.Open
	trend, err := compose.NewTrend(months, comparable)
	if err != nil {
		return nil, nil, err
	}
	all := trend.Rows()
	index, err := shape.New(all, query.Trend)
	if err != nil {
		return nil, nil, err
	}
	rows, total := index.Select(all, &c.query)
	setPage(c.w.Header(), c.r, &c.query, total)
	if c.format.csv {
		body, err = table.Write(rows, table.TrendColumns(periods), c.format.dialect)
		return body, body, err
	}
	body, tagged = trend.Body(c.currency(), rows)
	return body, tagged, nil
}

// currency returns that of the parts' service accounts, or "" if they have none or differ.
func (c *composition) currency() string {
	if c.Currency == nil {
		return ""
	}
	q := &c.last().query
	return c.Currency(q.Provider, []string{q.DistributorID}, []string{q.ResellerID}, c.caller.Claim)
}
