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
	x := stateOf(c.r.Context())
	known := &resolved{query: c.query.Resolved(&c.required().query)}
	known.location = location(c.BasePath, &known.query)
	x.query = known
	started := time.Now()
	err := c.fetch()
	x.wait = time.Since(started)
	if err != nil {
		return err
	}
	found, newest := summarize(c.parts, c.Now())
	content, err := c.content(found, newest, started)
	if err != nil {
		return cacheFailure{err, found.Status}
	}
	c.headers.respond(c.w, c.r, known, found, content, c.format)
	return nil
}

// required returns the part that is never omitted: the top of an overview, the last month of a trend.
func (c *composition) required() *part { return c.parts[len(c.parts)-1] }

// narrowParts narrows each part as if it were requested alone. A part of an overview that would be a 400 is omitted, unless it is the
// last one; a 403 of any part comes first.
func (c *composition) narrowParts() error {
	for _, of := range c.query.Parts() {
		p := &part{name: of.Name, resolved: resolved{query: of.Query}}
		filter, err := c.narrow(&p.query, c.caller)
		p.filter, p.key = filter, p.query.Key()
		c.parts = append(c.parts, p)
		switch {
		case err == nil:
		case c.query.Endpoint != query.Overview, fault.Of(err).Kind != fault.InvalidRequest, p.query.Endpoint == query.Usages:
			return inPart(p.name, err)
		default:
			p.omitted = reason(fault.Of(err).Params)
		}
	}
	return nil
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

// content returns the body of the response, in its format.
func (c *composition) content(found cache.Response, newest cache.Filtered, started time.Time) (cache.Filtered, error) {
	release, err := c.shaper.slot(c.r.Context(), started, sizeOf(c.parts))
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

// sizeOf returns how many bytes the parts have together.
func sizeOf(parts []*part) (size int) {
	for _, p := range parts {
		if p.omitted == "" {
			size += len(p.content.Body)
		}
	}
	return size
}
