package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	previous    = "previous" // month of all queries: it is complete, and most of its costs are known
	maxSilent   = 2          // after so many queries in a row without a response no more are sent
	retryAdvice = "try again; if it stays, tell Rocket's operator"
)

// first is the endpoint that shows whether an account has access to a provider at all.
var first = query.Usages

// provider is a provider and its responses.
type provider struct {
	*doctor
	id        query.Provider
	responses map[*query.Endpoint][]byte // bodies, to the query of each endpoint without parameters
}

// examine queries each endpoint of a provider once, then tests the assumptions.
func (d *doctor) examine(ctx context.Context, id query.Provider) {
	p := &provider{doctor: d, id: id, responses: map[*query.Endpoint][]byte{}}
	d.run(ctx, p.endpoint(first))
	if slices.Contains(d.denied, id) {
		return
	}
	for _, e := range query.Endpoints() {
		if e != first {
			d.run(ctx, p.endpoint(e))
		}
	}
	d.runAll(ctx, p.assumptions())
}

func (p *provider) name(of string) string { return string(p.id) + ": " + of }

// endpoint returns a check that sends the query of a caller who names only the period.
func (p *provider) endpoint(e *query.Endpoint) check {
	name := p.name(e.Name)
	return check{name: name, needs: "TLS", timeout: p.Rocket.Transport.Timeout, queries: true, run: func(ctx context.Context) Finding {
		body, err := p.query(ctx, e, query.Params{})
		p.broken[name] = err != nil
		switch refused := err != nil && fault.Of(err).Kind == fault.UpstreamCredentials; {
		case refused && e == first:
			return p.refused()
		case refused:
			return warn("have the account's permissions extended, unless that is intended", "Rocket refuses this query to the account")
		case err != nil:
			return queryFailed(err)
		}
		p.responses[e] = body
		return pass("%s", size(body, e.Shape))
	}}
}

// refused returns the finding for a provider that the account has no access to: a warning, unless it has access to none.
func (p *provider) refused() Finding {
	p.denied = append(p.denied, p.id)
	if len(p.denied) == len(p.providers) {
		return fail("have the account given access", "the account has no access to %s, nor to any other provider", p.id)
	}
	return warn("have the account given access, unless that is intended",
		"the account has no access to %s; no more queries are sent there", p.id)
}

// query sends a query for the previous month, unless the parameters name a period, and returns the response's body.
func (p *provider) query(ctx context.Context, e *query.Endpoint, params query.Params) ([]byte, error) {
	if params.Start == "" {
		params.Period = previous
	}
	q, err := query.New(e, p.id, params, p.Now().In(p.Location))
	if err != nil {
		return nil, err
	}
	q = q.Complete()
	body, err := p.Rocket.Fetch(ctx, &q, nil)
	p.silent++
	if f := fault.Of(err); err == nil || f.Status != 0 {
		p.silent = 0
	}
	return body, err
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
