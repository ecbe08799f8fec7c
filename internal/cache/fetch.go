package cache

import (
	"cmp"
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
	tier   string // where it was found by then; empty: it was fetched
	shared bool   // another replica fetched it, or failed to
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
		return c.answer(kept, status), nil
	}
	got, _ := result.Val.(landing)
	status.Collapsed = !*led || got.shared
	if result.Err != nil {
		status.FwdStatus = fault.Of(result.Err).Status
		if kept != nil && standsIn(result.Err) {
			return c.answer(kept, status), nil
		}
		return Answer{Status: status}, result.Err
	}
	if got.tier != "" {
		now := c.Now()
		until, _ := c.standing(got.entry, now)
		return hit(got.entry, got.tier, until, now), nil
	}
	if !status.Collapsed {
		status.FwdStatus, status.Stored = http.StatusOK, got.stored
	}
	return c.answer(got.entry, status), nil
}

func (c *Cache) answer(e *Entry, status Status) Answer {
	until, _ := c.standing(e, c.Now())
	return Answer{e, until, status}
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

// fly starts the fetch of this key, or joins the one under way, unless a purge has come since: that one's result is of no use
// to whoever asks now. led says, once the flight has landed, whether it was started here. It is detached from the caller.
func (c *Cache) fly(ctx context.Context, q *query.Query, key query.Key, kept *Entry) (flight <-chan singleflight.Result, led *bool) {
	led = new(bool)
	since := stamp(c.purged.lastOf(namesOf(q, key)))
	return c.flights.DoChan(string(key[:])+since, func() (any, error) {
		*led = true
		return c.fetch(context.WithoutCancel(ctx), q, key, kept)
	}), led
}

// fetch brings the answer of Rocket's. It has a deadline of its own and survives a panic.
func (c *Cache) fetch(ctx context.Context, q *query.Query, key query.Key, kept *Entry) (l landing, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.FetchTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a fetch: %v\n%s", p, debug.Stack())
		}
	}()
	// Another flight may have landed between the caller's look and the start of this one.
	if e := c.memory.get(key); e != nil && e != kept && c.fresh(e, c.Now()) {
		return landing{entry: e, tier: inMemory}, nil
	}
	if c.shared == nil {
		return c.alone(ctx, q, key, kept)
	}
	return c.together(ctx, q, key, kept)
}

// alone asks Rocket for this process.
func (c *Cache) alone(ctx context.Context, q *query.Query, key query.Key, kept *Entry) (landing, error) {
	started := c.clock.stamp()
	body, err := c.Origin.Fetch(ctx, q)
	if err != nil {
		c.holdBack(kept, err)
		return landing{}, err
	}
	e := newEntry(&c.Policy, q, body, started, c.Now(), cmp.Or(kept, c.memory.get(key)))
	if !c.fits(q, e) || c.purgedMeanwhile(e) {
		return landing{entry: e}, nil
	}
	c.remember(key, e)
	c.compare(ctx, q, kept, e)
	return landing{entry: e, stored: true}, nil
}

// purgedMeanwhile says whether a purge has come during the fetch: it wins over the result.
func (c *Cache) purgedMeanwhile(e *Entry) bool {
	at, hard := c.purged.hit(e)
	return hard || at != 0
}

// fits says whether an entry is small enough to be kept.
func (c *Cache) fits(q *query.Query, e *Entry) bool {
	if int64(len(e.Body)) <= c.MaxEntryBytes {
		return true
	}
	if c.OnTooLarge != nil {
		c.OnTooLarge(q)
	}
	return false
}

// remember keeps an entry in memory; Redis is known to have nothing newer.
func (c *Cache) remember(key query.Key, e *Entry) {
	e.checked.Store(c.Now().UnixNano())
	c.memory.set(key, e)
}

// holdBack keeps a stale entry, if there is one, from being tried again at once.
func (c *Cache) holdBack(kept *Entry, err error) {
	if kept == nil || !standsIn(err) {
		return
	}
	kept.pause.lengthen(c.Now())
	c.Log.Warn("Rocket failed; a stale answer stands in", "age", kept.Age(c.Now()).Round(time.Second), "error", err)
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
