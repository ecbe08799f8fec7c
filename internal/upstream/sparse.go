package upstream

import (
	"context"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// FetchSparse sends a query once, without the filters that have no value, and returns the body of Rocket's 200 unchecked, as it was sent.
// It shows what Fetch hides: whether Rocket takes an empty filter for an omitted one, and how it writes an empty list. It uses no slot,
// no retry and no circuit breaker, so it is for diagnosis alone. The error is a *fault.Error.
func (c *Client) FetchSparse(ctx context.Context, q *query.Query) ([]byte, error) {
	resp, _, err := c.post(ctx, q, sparseBody(q))
	if err != nil {
		return nil, unreachable(err)
	}
	defer drain(resp)
	if err := classify(resp, queryFailures); err != nil {
		return nil, err
	}
	body, err := c.Transport.memory.read(ctx, resp.Body, resp.ContentLength)
	if err != nil {
		return nil, fault.Of(unread(err))
	}
	return body, nil
}
