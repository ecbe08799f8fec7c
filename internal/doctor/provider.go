package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// first is the endpoint that shows whether an account has access to a provider at all.
var first = query.Usages

// provider is a provider and its responses. Its checks run one after another, beside those of other providers.
type provider struct {
	*series
	id        query.Provider
	denied    bool                       // Rocket refuses the account's queries
	responses map[*query.Endpoint][]byte // bodies, to the query of each endpoint without parameters
	took      map[*query.Endpoint]time.Duration
	memo      map[string]response // to further queries, see recall
	ownCost   string              // of queries for one customer
}

// response is what a query returned.
type response struct {
	body []byte
	err  error
}

// examine examines all providers at once, as far as the gateway may have so many requests in flight, and returns their findings.
func (d *doctor) examine(ctx context.Context) (findings []Finding) {
	merged := newMerger(len(d.providers), d.reporter.say)
	var all []*provider
	for i, id := range d.providers {
		s := d.series(func(f Finding) { merged.add(i, f) })
		all = append(all, &provider{
			series: s, id: id, ownCost: customers,
			responses: map[*query.Endpoint][]byte{}, took: map[*query.Endpoint]time.Duration{}, memo: map[string]response{},
		})
	}
	d.tryAccess(ctx, all)
	for _, p := range all {
		d.reporter.plan(len(p.checks()))
	}
	d.each(all, func(i int, p *provider) {
		p.runAll(ctx, p.checks())
		merged.end(i)
	})
	for _, p := range all {
		findings = append(findings, p.findings...)
	}
	return findings
}

// each runs a function for all providers at once.
func (d *doctor) each(all []*provider, run func(i int, p *provider)) {
	var group errgroup.Group
	group.SetLimit(max(1, min(len(all), d.Rocket.Transport.MaxConcurrent)))
	for i, p := range all {
		group.Go(func() error { run(i, p); return nil })
	}
	_ = group.Wait() // none returns an error
}

// tryAccess sends the first query to each provider. An account without access to one is a warning, to all a failure.
func (d *doctor) tryAccess(ctx context.Context, all []*provider) {
	found := make([]Finding, len(all))
	d.each(all, func(i int, p *provider) { found[i] = p.examine(ctx, p.endpoint(first)) })
	if n := len(all); n > 0 && !slices.ContainsFunc(all, func(p *provider) bool { return !p.denied }) {
		found[n-1].Outcome, found[n-1].Advice = Failed, "have the account given access"
		found[n-1].Detail = fmt.Sprintf("the account has no access to %s, nor to any other provider", all[n-1].id)
	}
	for i, p := range all {
		p.add(found[i])
	}
}

// checks returns the checks that follow the first one: none without access.
func (p *provider) checks() (checks []check) {
	if p.denied {
		return nil
	}
	for _, e := range query.Endpoints() {
		if e != first {
			checks = append(checks, p.endpoint(e))
		}
	}
	checks = append(checks, check{name: p.name("response times"), needs: []string{p.name(first.Name)}, run: p.responseTimes})
	return append(checks, p.assumptions()...)
}

func (p *provider) name(of string) string { return string(p.id) + ": " + of }

// endpoint returns a check that sends the query of a caller who names only the period.
func (p *provider) endpoint(e *query.Endpoint) check {
	name := p.name(e.Name)
	return check{name: name, timeout: p.Rocket.Transport.Timeout, queries: true, run: func(ctx context.Context) Finding {
		began := p.Now()
		body, err := p.query(ctx, e, query.Params{})
		p.took[e] = p.Now().Sub(began)
		p.broken[name] = err != nil
		switch refused := err != nil && fault.Of(err).Kind == fault.UpstreamCredentials; {
		case refused && e == first:
			p.denied = true
			return warn("have the account given access, unless that is intended",
				"the account has no access to this provider; no more queries are sent there")
		case refused:
			return warn("have the account's permissions extended, unless that is intended", "Rocket refuses this query to the account")
		case err != nil:
			return queryFailed(err)
		}
		p.responses[e] = body
		return pass("%s", size(body, e.Shape))
	}}
}

// slowResponse is how long callers wait without complaint, as far as we guess. Half of ROCKET_TIMEOUT is slow too.
const slowResponse = 2 * time.Second

// responseTimes judges how long the queries of the endpoints took, one for each.
func (p *provider) responseTimes(context.Context) Finding {
	limit := min(slowResponse, p.Rocket.Transport.Timeout/2)
	slow, slowest := 0, first
	for e, took := range p.took {
		if took > limit {
			slow++
		}
		if took > p.took[slowest] {
			slowest = e
		}
	}
	if slow == 0 {
		return pass("no response took longer than %s", limit)
	}
	return warn("keep what is needed most cached (gateway warm), and ROCKET_TIMEOUT above twice the slowest, or tell Rocket's operator",
		"%s longer than %s; %s took %s", count(slow, "response took", "responses took"), limit, slowest.Name,
		p.took[slowest].Round(10*time.Millisecond))
}
