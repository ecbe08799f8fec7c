package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// composition is one request for a composed resource: parts → narrow each → fetch → body.
type composition struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	caller *auth.Caller
	query  query.Query
	format format
	parts  []*part // in the order of the body
}

// serve serves a query that is made from others.
func (c *composition) serve() error {
	if err := c.narrowParts(); err != nil {
		return err
	}
	if err := c.charge(); err != nil {
		return err
	}
	x := stateOf(c.r.Context())
	known := &resolved{query: c.query.Resolved(&c.last().query)}
	known.location = location(c.BasePath, &known.query)
	x.query = known
	started := time.Now()
	err := c.fetch()
	x.wait = time.Since(started)
	if err != nil {
		return err
	}
	found, newest := summarize(c.parts, c.Now())
	content, err := c.content(found, newest)
	if err != nil {
		return cacheFailure{err, found.Status}
	}
	c.headers.respond(c.w, c.r, known, found, content, c.format)
	return nil
}

// last returns the part without which there is no response: the top of an overview, any month of a trend.
func (c *composition) last() *part { return c.parts[len(c.parts)-1] }

// narrowParts narrows each part as if it were requested alone. A part of an overview that would be a 400 is omitted, unless it is the
// last one. A 403 comes first.
func (c *composition) narrowParts() error {
	var invalid error
	for _, of := range c.query.Parts() {
		p := &part{name: of.Name, resolved: resolved{query: of.Query}}
		filter, err := c.narrow(&p.query, c.caller)
		p.filter, p.key = filter, p.query.Key()
		c.parts = append(c.parts, p)
		switch {
		case err == nil:
		case fault.Of(err).Kind != fault.InvalidRequest:
			return inPart(p.name, err)
		default:
			p.omitted = reason(fault.Of(err).Params)
			invalid = inPart(p.name, err)
		}
	}
	if c.query.Endpoint == query.Overview && c.last().omitted == "" {
		return nil
	}
	return invalid
}

// reason returns why a part is omitted, as a sentence for people.
func reason(params []fault.Param) string {
	var texts []string
	for _, p := range params {
		texts = append(texts, p.Name+" "+p.Message)
	}
	return strings.Join(texts, "; ")
}

// inPart returns the error of a part.
func inPart(name string, err error) error {
	f := *fault.Of(err)
	f.Part = name
	return &f
}

// monthsPerRequest is how many months of a trend count as one request of RATE_LIMIT.
const monthsPerRequest = 4

// charge counts what a trend costs beyond the one request that was counted, up to the whole limit.
func (c *composition) charge() error {
	if c.Rate == nil {
		return nil
	}
	cost := (len(c.parts) + monthsPerRequest - 1) / monthsPerRequest
	more := min(cost, c.Rate.Limit.Requests) - 1
	if c.query.Endpoint != query.Trend || more == 0 {
		return nil
	}
	h := c.w.Header()
	h.Del("RateLimit-Policy")
	h.Del("RateLimit")
	state, ok := c.Rate.Take(c.r.Context(), identity(c.r, c.caller), more)
	if !ok {
		return tooMany(state, "You ask more often than this gateway allows. A trend counts as one request for each four months.")
	}
	setRateLimit(h, state)
	return nil
}

// content returns the body of the response, in its format.
func (c *composition) content(found cache.Response, newest cache.Filtered) (cache.Filtered, error) {
	release, err := c.shaper.slot(c.r.Context())
	if err != nil {
		return cache.Filtered{}, err
	}
	defer release()
	body, tagged, err := c.body(found.Entry.State)
	if err != nil {
		return cache.Filtered{}, err
	}
	return variant(c.r, newest, body, tagged), nil
}
