package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// softTimeout is how long a caller waits for Rocket who could be given a stale answer.
const softTimeout = 2 * time.Second

// landing is what a flight brought.
type landing struct {
	entry  *Entry
	found  bool // it was in memory by then; nothing was fetched
	stored bool
}

// ask waits for the one fetch of this question, and falls back on kept, which may be nil, where the fetch fails or is slow.
// reason is why the request goes on to Rocket.
func (c *Cache) ask(ctx context.Context, q *query.Query, key query.Key, kept *Entry, reason string) (Answer, error) {
	status := Status{Fwd: reason}
	patience := ctx
	if kept != nil {
		var cancel context.CancelFunc
		patience, cancel = context.WithTimeout(ctx, min(softTimeout, c.FetchTimeout))
		defer cancel()
	}
	flight, led := c.fly(ctx, q, key, kept)
	result, err := c.wait(patience, flight)
	switch {
	case ctx.Err() != nil && err != nil:
		return Answer{}, ctx.Err()
	case err != nil:
		return Answer{kept, status}, nil
	}
	status.Collapsed = !*led
	if result.Err != nil {
		status.FwdStatus = fault.Of(result.Err).Status
		if kept != nil && standsIn(result.Err) {
			return Answer{kept, status}, nil
		}
		return Answer{Status: status}, result.Err
	}
	got := result.Val.(landing)
	if got.found {
		return hit(got.entry, inMemory, c.Now()), nil
	}
	if *led {
		status.FwdStatus, status.Stored = http.StatusOK, got.stored
	}
	return Answer{got.entry, status}, nil
}

// refresh fetches behind stale answers, once for any number of them.
func (c *Cache) refresh(ctx context.Context, q *query.Query, key query.Key, kept *Entry) {
	if _, busy := c.refreshing.LoadOrStore(key, struct{}{}); busy {
		return
	}
	flight, _ := c.fly(ctx, q, key, kept)
	c.running.Go(func() {
		<-flight
		c.refreshing.Delete(key)
	})
}

// fly starts the fetch of this key, or joins the one under way. led says, once the flight has landed, whether it was started
// here. It is detached from the caller.
func (c *Cache) fly(ctx context.Context, q *query.Query, key query.Key, kept *Entry) (flight <-chan singleflight.Result, led *bool) {
	led = new(bool)
	return c.flights.DoChan(string(key[:]), func() (any, error) {
		*led = true
		return c.fetch(context.WithoutCancel(ctx), q, key, kept)
	}), led
}

// fetch asks Rocket and keeps the answer. It has a deadline of its own and survives a panic.
func (c *Cache) fetch(ctx context.Context, q *query.Query, key query.Key, kept *Entry) (l landing, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.FetchTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a fetch: %v\n%s", p, debug.Stack())
		}
	}()
	// Another flight may have landed between the caller's look and the start of this one.
	if e := c.memory.get(key); e != nil && e != kept && e.fresh(c.Now()) {
		return landing{entry: e, found: true}, nil
	}
	body, err := c.Origin.Fetch(ctx, q)
	if err != nil {
		if kept != nil && standsIn(err) {
			kept.pause.lengthen(c.Now())
			c.Log.Warn("Rocket failed; a stale answer stands in", "age", kept.Age(c.Now()).Round(time.Second), "error", err)
		}
		return landing{}, err
	}
	e := newEntry(&c.Policy, q, body, c.Now(), kept)
	return landing{entry: e, stored: c.store(ctx, q, key, e)}, nil
}

// standsIn says for which failures a stale answer is better than none. A refusal of the question itself is an answer.
func standsIn(err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	switch f.Kind {
	case fault.UpstreamError, fault.UpstreamTimeout, fault.UpstreamUnavailable, fault.UpstreamCredentials, fault.UpstreamInvalidResponse:
		return true
	default:
		return false
	}
}

// store keeps the entry in both tiers, and says whether it did.
func (c *Cache) store(ctx context.Context, q *query.Query, key query.Key, e *Entry) bool {
	if int64(len(e.Body)) > c.MaxEntryBytes {
		return false
	}
	c.memory.set(key, e)
	if c.Redis != nil {
		// The fetch may have used up its deadline; what it brought is kept all the same.
		c.Redis.set(context.WithoutCancel(ctx), key, encode(e, q.Canonical()), max(time.Second, e.GoneAt.Sub(c.Now())))
	}
	return true
}
