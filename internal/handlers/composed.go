package handlers

import (
	"context"
	"crypto/sha256"
	"fmt"

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
		return c.trend()
	}
	return body, body, err
}

// top returns the largest rows of the last part, and what the others come to.
func (c *composition) top() ([]byte, error) {
	list := c.required().content
	index, err := c.shaper.list(c.r.Context(), query.Usages, list)
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
		return nil, inPart(c.required().name, err)
	}
	parts[len(parts)-1].Body = top
	period := compose.Period{Start: string(c.query.Start), End: string(c.query.End), State: string(state)}
	return compose.Overview(c.currency(), period, parts), nil
}

func (c *composition) trend() (body, tagged []byte, err error) {
	x, err := c.joined()
	if err != nil {
		return nil, nil, err
	}
	rows, total := x.Select(x.trend.Rows(), &c.query)
	setPage(c.w.Header(), c.r, &c.query, total)
	if c.format.csv {
		var periods []string
		for _, of := range c.query.Periods {
			periods = append(periods, of.Month)
		}
		body, err = table.Write(rows, table.TrendColumns(periods), c.format.dialect)
		return body, body, err
	}
	body, tagged = x.trend.Body(c.currency(), rows)
	return body, tagged, nil
}

// joined returns the joined months with the index of their rows. Callers with the same months share it.
func (c *composition) joined() (*index, error) {
	isComparable := c.query.Aligned || c.required().found.Entry.State != cache.Open
	months := make([]compose.Month, len(c.parts))
	sum := sha256.New()
	for i, p := range c.parts {
		of := c.query.Periods[i]
		months[i] = compose.Month{
			Period: of.Month, Start: string(of.Start), End: string(of.End), State: string(p.found.Entry.State), Body: p.content.Body,
		}
		fmt.Fprintln(sum, of.Start, of.End, months[i].State, isComparable) // no member of it has a space
		sum.Write(p.content.Sum[:])
	}
	return c.shaper.index(c.r.Context(), indexed{[sha256.Size]byte(sum.Sum(nil)), query.Trend},
		func(ctx context.Context, _ indexed) (*index, error) {
			trend, err := compose.NewTrend(ctx, months, isComparable)
			if err != nil {
				return nil, err
			}
			made, err := shape.New(trend.Rows(), query.Trend)
			return &index{made, trend}, err
		})
}

// currency returns that of the parts' service accounts, or "" if they have none or differ.
func (c *composition) currency() string {
	if c.Currency == nil {
		return ""
	}
	q := &c.required().query
	return c.Currency(q.Provider, []string{q.DistributorID}, []string{q.ResellerID}, c.caller.Claim)
}
