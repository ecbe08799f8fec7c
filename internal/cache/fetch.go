package cache

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	softTimeout = 2 * time.Second        // how long a caller waits for Rocket who could be given a stale answer
	landingTime = 500 * time.Millisecond // what a flight that has used up its time may take to tell so
)

// landing is what a flight brought.
type landing struct {
	entry  *Entry
	tier   string // where it was found by then; empty: it was fetched
	shared bool   // another replica fetched it, or failed to
	stored bool
}

// errand is one fetch: what is asked, and what is there already.
type errand struct {
	q       *query.Query
	key     query.Key
	kept    *Entry                      // nil: there is none
	admit   func(context.Context) error // asked before Rocket is; nil: nobody has to pay
	awaited <-chan struct{}             // closed as soon as somebody waits for the answer

	forced    bool          // its caller wants none that is older than RefreshFloor
	unhurried bool          // its caller waits, but lets others go first
	waited    time.Duration // by its caller, for Redis
}

// notAdmitted is why Rocket was not asked for the caller who started the flight. It means nobody else.
type notAdmitted struct{ error }

// ask waits for the one fetch of this question, and falls back on what is kept where the fetch fails or is slow. reason is why
// the request goes on to Rocket.
func (c *Cache) ask(ctx context.Context, e errand, reason string) (Answer, error) {
	patience, cancel := context.WithTimeout(ctx, c.patience(e))
	defer cancel()
	for {
		flown, led := c.fly(ctx, e)
		if !e.unhurried {
			flown.await()
		}
		err := c.wait(patience, flown.landed)
		var refused notAdmitted
		switch {
		case err == nil && errors.As(flown.err, &refused) && !led:
			continue // it was for another caller; now on one's own account
		case err == nil && errors.As(flown.err, &refused):
			return c.unadmitted(e.kept, reason, refused.error)
		case err == nil:
			return c.arrived(e.kept, reason, flown, led)
		case ctx.Err() != nil:
			return Answer{}, ctx.Err()
		case e.kept != nil:
			return c.answer(e.kept, Status{Fwd: reason, Stale: StaleSlow}), nil
		default:
			return Answer{Status: Status{Fwd: reason}}, inTime(err)
		}
	}
}

// patience is how long a caller waits: for a flight that began just now its whole time, or the soft time-out where something
// is kept.
func (c *Cache) patience(e errand) time.Duration {
	if e.kept != nil {
		return min(softTimeout, c.FetchTimeout-e.waited)
	}
	return c.FetchTimeout + landingTime - e.waited
}

// unadmitted answers a caller who may not have Rocket asked: with what is kept, unless it is not wanted.
func (c *Cache) unadmitted(kept *Entry, reason string, refusal error) (Answer, error) {
	if kept == nil || reason == FwdRequest {
		return Answer{}, refusal
	}
	now := c.Now()
	until, _ := c.standing(kept, now)
	return hit(kept, inMemory, until, now, StaleQuota), nil
}

// arrived tells what a flight brought.
func (c *Cache) arrived(kept *Entry, reason string, flown *flight[landing], led bool) (Answer, error) {
	got := flown.got
	status := Status{Fwd: reason, Collapsed: !led || got.shared}
	switch {
	case got.tier != "": // it was there by then
	case !led:
		c.count(CollapsedHere)
	case got.shared:
		c.count(CollapsedElsewhere)
	}
	if flown.err != nil {
		status.FwdStatus = fault.Of(flown.err).Status
		if kept != nil && standsIn(flown.err) {
			status.Collapsed = false // what was shared is a failure; the body is not of another's fetch
			status.Stale = StaleError
			return c.answer(kept, status), nil
		}
		return Answer{Status: status}, flown.err
	}
	if got.tier != "" {
		now := c.Now()
		until, _ := c.standing(got.entry, now)
		return hit(got.entry, got.tier, until, now, ""), nil
	}
	if !status.Collapsed {
		status.FwdStatus, status.Stored = http.StatusOK, got.stored
	}
	return c.answer(got.entry, status), nil
}

func (c *Cache) answer(e *Entry, status Status) Answer {
	now := c.Now()
	until, _ := c.standing(e, now)
	return Answer{e, until, status.judged(until, now)}
}

// failing reports whether Rocket is known not to respond. A refresh in the background finds out whether that is still so.
func (c *Cache) failing(ctx context.Context, e errand) bool {
	failing, _ := c.Origin.Failing(e.q)
	if failing {
		c.refresh(ctx, e)
	}
	return failing
}

// refresh fetches behind responses, once for any number of them. While Rocket is known not to respond it does so for a few probes.
func (c *Cache) refresh(ctx context.Context, e errand) {
	if failing, probe := c.Origin.Failing(e.q); failing && !probe {
		return
	}
	e.admit = nil // nobody asked for it
	if flown, led := c.fly(ctx, e); led {
		c.running.run(func() { <-flown.landed })
	}
}

// fly starts an errand, or joins the one for the same key that is under way, unless a purge has come since; led says which. It is
// detached from the caller.
func (c *Cache) fly(ctx context.Context, e errand) (flown *flight[landing], led bool) {
	ctx = context.WithoutCancel(ctx)
	return c.flights.join(e.key, c.purged.state(namesOf(e.q)), func(f *flight[landing]) (landing, error) {
		e.awaited = f.awaited
		return c.fetch(ctx, e)
	})
}

// call asks Rocket, where whoever pays may.
func (c *Cache) call(ctx context.Context, e errand) ([]byte, error) {
	if e.admit != nil {
		if err := e.admit(ctx); err != nil {
			return nil, notAdmitted{err}
		}
	}
	body, err := c.Origin.Fetch(ctx, e.q, e.awaited)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errEnding) {
		return nil, cause
	}
	return body, err
}

// start returns what is known as a fetch begins. The fetch comes after those whose orders are given.
func (c *Cache) start(e errand, orders ...uint64) start {
	for _, before := range []*Entry{e.kept, c.memory.get(e.key)} {
		if before != nil {
			orders = append(orders, before.order())
		}
	}
	number, correction := c.clock.after(orders...)
	return start{number, correction, c.purged.seen(namesOf(e.q))}
}

// purgedMeanwhile reports whether a purge has come during the fetch: it wins over the result.
func (c *Cache) purgedMeanwhile(e *Entry) bool {
	_, soft, hard := c.purged.hit(e)
	return hard || soft
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

func (c *Cache) logFailure(e errand, err error) {
	if failing, _ := c.Origin.Failing(e.q); e.kept != nil && standsIn(err) && !failing { // else the log has that for all entries
		c.Log.Warn("refresh failed, serving stale entry", "age", e.kept.Age(c.Now()).Round(time.Second), "error", err)
	}
}

// Attempts are held back for a second after the first failure in a row.
const (
	shortestBackoff = time.Second
	longestBackoff  = 10 * time.Second
)

// backoff returns how long attempts are held back: not at all if Rocket refused the query itself.
func backoff(count int, f *fault.Error) time.Duration {
	if !standsIn(f) {
		return 0
	}
	return min(shortestBackoff<<min(count-1, 4), longestBackoff)
}

// notSent reports whether this replica itself refused to send the query: another one may.
func notSent(err error) bool {
	f := fault.Of(err)
	return f.Kind == fault.UpstreamUnavailable && f.Status == 0
}

func inTime(cause error) error {
	return &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket gave no answer in time.", Cause: cause}
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
