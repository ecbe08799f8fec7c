package cache

import (
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Response is an entry and how the cache came to it. If Get fails, Entry is nil and Status may still be of interest.
type Response struct {
	Entry      *Entry
	FreshUntil time.Time // the entry's, or when a purge ended it
	At         time.Time // when the status was true
	Status     Status
}

// view is an entry at one instant, with what purges leave of its freshness.
type view struct {
	entry      *Entry // nil: none
	tier       string
	at         time.Time
	freshUntil time.Time
	usable     bool // fresh or stale
}

func (c *core) view(q *query.Query, e *Entry, tier string, at time.Time) view {
	v := view{entry: e, tier: tier, at: at}
	if e == nil || !at.Before(e.UsableUntil) {
		return v
	}
	purged, isSoft, isHard := c.purges.hit(q, e)
	if isHard {
		return v
	}
	v.usable, v.freshUntil = true, e.FreshUntil
	if isSoft {
		v.freshUntil = earlier(v.freshUntil, earlier(purged, at)) // a purge was before now, whatever the clocks say
	}
	return v
}

func (v *view) fresh() bool { return v.usable && v.at.Before(v.freshUntil) }

// hit serves the entry from its tier. why is the reason if it is stale.
func (v *view) hit(why Stale) Response {
	return v.response(Status{Hit: true, Tier: v.tier, TTL: v.freshUntil.Sub(v.at), Stale: why})
}

func (v *view) response(s Status) Response {
	if v.at.Before(v.freshUntil) {
		s.Stale = ""
	}
	return Response{v.entry, v.freshUntil, v.at, s}
}

// serve serves an entry of a query as it is now.
func (c *Cache) serve(q *query.Query, e *Entry, s Status) Response {
	v := c.view(q, e, "", c.Now())
	return v.response(s)
}

// unadmitted serves a caller that may not fetch: with the stale entry, unless the caller refuses it.
func (c *Cache) unadmitted(r *request, reason string, refusal error) (Response, error) {
	if r.kept == nil || reason == FwdRequest {
		return Response{}, refusal
	}
	v := c.view(r.q, r.kept, inMemory, c.Now())
	return v.hit(StaleQuota), nil
}

// fetched serves the result of a fetch.
func (c *Cache) fetched(r *request, reason string, fetch *call[result], leader bool) (Response, error) {
	got := fetch.value
	status := Status{Fwd: reason, Collapsed: !leader || got.shared}
	switch {
	case got.tier != "": // another fetch had ended
	case !leader:
		c.metrics.collapsed.WithLabelValues("replica").Inc()
	case got.shared:
		c.metrics.collapsed.WithLabelValues("fleet").Inc()
	}
	switch err := fetch.err; {
	case err != nil:
		status.FwdStatus = fault.Of(err).Status
		if r.kept != nil && staleIfError(err) {
			status.Collapsed = false // what was shared is a failure; the body is not of another's fetch
			status.Stale = StaleError
			return c.serve(r.q, r.kept, status), nil
		}
		status.Fwd = FwdMiss // the stale entry plays no part in the response
		return Response{Status: status}, err
	case got.tier != "":
		v := c.view(r.q, got.entry, got.tier, c.Now())
		return v.hit(""), nil
	case !status.Collapsed:
		status.FwdStatus, status.Stored = http.StatusOK, got.stored
	}
	return c.serve(r.q, got.entry, status), nil
}
