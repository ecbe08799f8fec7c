package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	previous    = "previous" // month of all queries: it is complete, and most of its costs are known
	maxSilent   = 2          // after so many queries in a row without a response no more are sent to a provider
	retryAdvice = "try again; if it stays, tell Rocket's operator"
)

// query sends a query for the previous month, unless the parameters name a period, and returns the response's body.
func (p *provider) query(ctx context.Context, e *query.Endpoint, params query.Params) ([]byte, error) {
	return p.send(ctx, e, params, func(ctx context.Context, q *query.Query) ([]byte, error) {
		waiting := make(chan struct{})
		close(waiting) // the doctor waits, so that Rocket is sent the query even if the circuit breaker suspects it
		return p.Rocket.Fetch(ctx, q, waiting)
	})
}

// sparse sends the query without empty filters, and returns the body as it was sent.
func (p *provider) sparse(ctx context.Context, e *query.Endpoint, params query.Params) ([]byte, error) {
	return p.send(ctx, e, params, p.Rocket.FetchSparse)
}

func (p *provider) send(
	ctx context.Context, e *query.Endpoint, params query.Params, fetch func(context.Context, *query.Query) ([]byte, error),
) ([]byte, error) {
	if params.Start == "" {
		params.Period = previous
	}
	q, err := query.New(e, p.id, params, p.Now().In(p.Location))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.Rocket.Transport.Timeout)
	defer cancel()
	q = q.Complete()
	body, err := fetch(ctx, &q)
	p.silent++
	if f := fault.Of(err); err == nil || f.Status != 0 {
		p.silent = 0
	}
	return body, err
}

// recall returns the response to a query for the previous month that several checks need, which is sent once.
func (p *provider) recall(ctx context.Context, e *query.Endpoint, params query.Params) ([]byte, error) {
	key := e.Name + fmt.Sprint(params)
	r, known := p.memo[key]
	if !known {
		r.body, r.err = p.query(ctx, e, params)
		p.memo[key] = r
	}
	return r.body, r.err
}

// queryFailed returns the finding for a query without a usable response.
func queryFailed(err error) Finding {
	f := fault.Of(err)
	advice := retryAdvice
	switch {
	case f.Kind == fault.UpstreamCredentials:
		advice = "have the account's permissions extended"
	case f.Kind == fault.UpstreamRejected:
		advice = "report this: Rocket does not understand a query of the contract"
	case f.Kind == fault.UpstreamInvalidResponse:
		advice = "look whether ROCKET_URL leads to Rocket itself, and at proxies on the way; if it does, report this"
	case f.Kind == fault.UpstreamTimeout:
		advice = "raise ROCKET_TIMEOUT, or tell Rocket's operator"
	case f.Kind == fault.InvalidRequest:
		return fail("report this", "a query with an id that Rocket has sent is not valid here")
	case f.Kind == fault.UpstreamError && f.Status == 0:
		advice = fmt.Sprintf(networkAdvice, "ROCKET_URL")
	}
	return fail(advice, "%s", explain(err))
}

// explain returns a failure's text for operators, with the cause that callers do not see.
func explain(err error) string {
	f := fault.Of(err)
	switch {
	case f.Kind == fault.Internal:
		return "the gateway itself failed: " + err.Error()
	case f.Cause == nil:
		return f.Detail
	}
	return f.Detail + " (" + f.Cause.Error() + ")"
}

// size describes a body without its content.
func size(body []byte, shape query.Shape) string {
	bytes := count(len(body), "byte", "bytes")
	if shape == query.Object {
		return "an object of " + bytes
	}
	var rows []json.RawMessage
	_ = json.Unmarshal(body, &rows) // valid: the client has checked it
	return count(len(rows), "row", "rows") + ", " + bytes
}

// short returns enough of an id to find it by, and too little to use it.
func short(id string) string {
	shown := []rune(id)
	return strings.TrimSpace(string(shown[:min(len(shown)/3, 4)])) + "…"
}
