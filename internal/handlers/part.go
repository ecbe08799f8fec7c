package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// part is one query of a composed request, and its response.
type part struct {
	resolved
	name    string // as callers know it
	omitted string // why there is no response; empty: there is one

	ctx    context.Context // of the fetch: it has the deadline of all, and ends when a part before has failed
	cancel context.CancelFunc

	found   cache.Response
	content cache.Filtered
	err     error
}

const (
	maxPartsAtOnce = 4                      // of a request, so that one never takes all slots to Rocket, nor waits for its own parts
	slack          = 500 * time.Millisecond // for what is cached, when the time for fetches is over
)

// fetch gets the responses of all parts. After a failure it waits for the parts before it alone: the first failure counts.
func (c *composition) fetch() error {
	limited, cancel := context.WithTimeout(c.r.Context(), c.FetchTimeout)
	defer cancel()
	for _, p := range c.parts {
		p.ctx, p.cancel = context.WithCancel(limited)
	}
	late, giveUp := context.WithTimeout(c.r.Context(), c.FetchTimeout+slack)
	defer giveUp()
	quota := newAdmission(c.Quota, c.r, c.caller)
	d := c.directives(quota)
	var bytes atomic.Int64
	var group errgroup.Group
	group.SetLimit(min(maxPartsAtOnce, c.MaxConcurrent))
	for i, p := range c.parts {
		if p.omitted != "" {
			continue
		}
		group.Go(func() error {
			p.err = c.fetchPart(late, p, d)
			switch {
			case p.err != nil:
				cancelAll(c.parts[i+1:])
			case bytes.Add(int64(len(p.content.Body))) > c.MaxBytes:
				cancelAll(c.parts)
			}
			return nil
		})
	}
	_ = group.Wait() // each part has its own error
	cancelAll(c.parts)
	err := c.failure(bytes.Load())
	if quota != nil && !errors.As(err, new(exhausted)) { // else the problem has the state of the quota
		quota.setRateLimit(c.w.Header())
	}
	return err
}

func cancelAll(parts []*part) {
	for _, p := range parts {
		p.cancel()
	}
}

func (c *composition) directives(quota *admission) cache.Directives {
	d := directives(c.r.Header["Cache-Control"])
	d.Unhurried = lowestUrgency(c.r.Header["Priority"])
	d.SpareClosed = c.query.Endpoint == query.Trend
	if quota != nil {
		d.Admit = quota.admit
	}
	return d
}

// fetchPart gets the response of a part. When the time for fetches is over, what is cached will do, until late ends.
func (c *composition) fetchPart(late context.Context, p *part, d cache.Directives) (err error) {
	defer func() {
		if v := recover(); v != nil { // no middleware sees a panic of this goroutine
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	switch p.ctx.Err() {
	case nil:
		p.found, err = c.Cache.Get(p.ctx, &p.query, p.key, d)
	case context.DeadlineExceeded:
		p.found, err = c.cached(late, p, d)
	default:
		return context.Canceled // a part before has failed
	}
	if err == nil {
		p.content, err = c.Cache.Filter(c.r.Context(), p.key, p.found.Entry, p.filter)
	}
	return err
}

// cached gets what is cached, stale or not.
func (c *composition) cached(ctx context.Context, p *part, d cache.Directives) (cache.Response, error) {
	d.OnlyIfCached = true
	found, err := c.Cache.Get(ctx, &p.query, p.key, d)
	if err != nil {
		found.Status.Fwd = cache.FwdMiss
		err = &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket did not respond in time.", Cause: err}
	}
	if found.Status.Stale != "" {
		found.Status.Stale = cache.StaleSlow
	}
	return found, err
}

// failure returns the first failure in the order of the body, or that so many bytes of it are too many.
func (c *composition) failure(bytes int64) error {
	if err := c.r.Context().Err(); err != nil {
		return err
	}
	if bytes > c.MaxBytes {
		return cacheFailure{&fault.Error{
			Kind: fault.UpstreamInvalidResponse, Detail: "Rocket's responses are too large for this gateway together. Ask for less.",
		}, statusOf(c.parts)}
	}
	for _, p := range c.parts {
		if p.err != nil {
			return cacheFailure{inPart(p.name, p.err), p.found.Status}
		}
	}
	return nil
}

// summarize returns what the fields of a composed response say: as old as its oldest part, fresh until one is not, and as little settled
// as the least settled. newest is the content that was changed last.
func summarize(parts []*part, now time.Time) (all cache.Response, newest cache.Filtered) {
	entry := &cache.Entry{FetchedAt: now}
	all = cache.Response{Entry: entry, At: now}
	changed := time.Time{}
	for _, p := range parts {
		if p.omitted != "" {
			continue
		}
		found := &p.found
		if all.FreshUntil.IsZero() || found.FreshUntil.Before(all.FreshUntil) {
			all.FreshUntil = found.FreshUntil
		}
		if found.Entry.FetchedAt.Before(entry.FetchedAt) {
			entry.FetchedAt = found.Entry.FetchedAt
		}
		if entry.State == "" || settled[found.Entry.State] < settled[entry.State] {
			entry.State = found.Entry.State
		}
		if at, _ := http.ParseTime(p.content.LastModified[0]); changed.IsZero() || at.After(changed) {
			changed, newest = at, p.content
		}
	}
	all.Status = statusOf(parts)
	return all, newest
}

// settled orders the states of periods.
var settled = map[cache.State]int{cache.Open: 0, cache.Settling: 1, cache.Closed: 2}

// statusOf returns the first status that is no hit, or the hit that ends first.
func statusOf(parts []*part) (status cache.Status) {
	for _, p := range parts {
		of := p.found.Status
		switch {
		case !of.Hit && of.Fwd == "": // it was omitted, or not tried
		case !of.Hit:
			of.Stored = of.Stored && len(parts) == 1 // what is made of several is not stored
			return of
		case !status.Hit || of.TTL < status.TTL:
			status = of
		}
	}
	return status
}
