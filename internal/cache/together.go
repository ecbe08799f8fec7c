package cache

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// pollInterval is the net below the messages that wake those who wait for another replica.
const pollInterval = 100 * time.Millisecond

// errAbandoned says that whoever was fetching has brought nothing of use: somebody else is to try.
var errAbandoned = errors.New("the lease is gone")

// together fetches once for all replicas: whoever gets the lease asks Rocket, the others wait for what comes of it. Where
// Redis fails, or an answer cannot be shared, every replica asks for itself.
func (c *Cache) together(ctx context.Context, q *query.Query, key query.Key, kept *Entry) (landing, error) {
	var newerThan uint64
	if kept != nil {
		newerThan = kept.started
	}
	unread := false
	for {
		outcome, l, err := c.shared.claim(ctx, key, newerThan)
		switch {
		case err != nil && ctx.Err() != nil:
			return landing{}, tooLate(ctx)
		case err != nil:
			return c.alone(ctx, q, key, kept)
		}
		switch outcome {
		case granted:
			return c.lead(ctx, l, q, key, kept)
		case news:
			e := c.load(ctx, q, key)
			switch {
			case e == nil && unread:
				return c.alone(ctx, q, key, kept)
			case e == nil: // damaged and dropped, or Redis was slow: what is newer than this is awaited, if it makes sense
				unread, newerThan = true, min(l.there, l.started)
			case c.fresh(e, c.Now()):
				return landing{entry: e, tier: inRedis}, nil
			default: // stale or purged: only what is newer still is of use
				newerThan = e.started
			}
			continue
		}
		got, err := c.follow(ctx, q, key, newerThan, l.holder)
		switch {
		case errors.Is(err, errAbandoned):
			continue
		case errors.Is(err, errAlone):
			return c.alone(ctx, q, key, kept)
		case err != nil:
			c.holdBack(kept, err)
		}
		return got, err
	}
}

// lead asks Rocket as the holder of the lease.
func (c *Cache) lead(ctx context.Context, l *lease, q *query.Query, key query.Key, kept *Entry) (landing, error) {
	l.keep(ctx)
	defer l.rest()
	body, err := c.Origin.Fetch(ctx, q)
	after := context.WithoutCancel(ctx) // the fetch may have used up its deadline
	if err != nil {
		l.fail(after, err)
		c.holdBack(kept, err)
		return landing{}, err
	}
	e := newEntry(&c.Policy, q, body, l.started, c.Now(), cmp.Or(kept, c.memory.get(key)))
	switch {
	case !c.fits(q, e):
		l.fail(after, errAlone)
		return landing{entry: e}, nil
	case c.purgedMeanwhile(e):
		l.fail(after, errAbandoned)
		return landing{entry: e}, nil
	}
	stored, err := l.store(after, encode(e, q.Canonical(), c.clock.shift()), max(time.Second, e.keptUntil.Sub(c.Now())))
	switch {
	case err != nil:
		l.fail(after, errAlone)
	case !stored: // this process was away so long that another replica fetched meanwhile
		if newer := c.load(after, q, key); newer != nil && newer.newer(e) {
			return landing{entry: newer, shared: true}, nil
		}
	}
	c.remember(key, e)
	c.compare(after, q, kept, e)
	return landing{entry: e, stored: true}, nil
}

// follow waits for what another replica's fetch brings: an entry that began after newerThan, or the failure of the holder.
func (c *Cache) follow(ctx context.Context, q *query.Query, key query.Key, newerThan uint64, holder string) (landing, error) {
	rings, stop := c.shared.Bell.Wait(key.String())
	defer stop()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		s, err := c.shared.peek(ctx, key)
		switch {
		case err != nil && ctx.Err() != nil:
			return landing{}, tooLate(ctx)
		case err != nil:
			return landing{}, errAlone
		case s.start > newerThan:
			e := c.load(ctx, q, key)
			switch {
			case e == nil:
				return landing{}, errAlone
			case c.purgedMeanwhile(e): // its holder has not heard of it yet
				return landing{}, errAbandoned
			}
			return landing{entry: e, shared: true}, nil
		case s.failedBy == holder:
			return landing{shared: true}, s.failure.err()
		case s.holder == "":
			return landing{}, errAbandoned
		}
		holder = s.holder // another one may have taken over
		select {
		case <-rings:
		case <-ticker.C:
		case <-ctx.Done():
			return landing{}, tooLate(ctx)
		}
	}
}

func tooLate(ctx context.Context) error {
	return &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket gave no answer in time.", Cause: ctx.Err()}
}
