package cache

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// pollInterval is the net below the messages that wake those who wait for another replica.
const pollInterval = 100 * time.Millisecond

// errAbandoned says that whoever was fetching has brought nothing of use: somebody else is to try.
var errAbandoned = errors.New("the lease is gone")

// together fetches once for all replicas: whoever gets the lease asks Rocket, the others wait for what comes of it. Where
// Redis fails, or an answer cannot be shared, every replica asks for itself.
func (c *Cache) together(ctx context.Context, e errand) (landing, error) {
	var newerThan uint64
	if e.kept != nil {
		newerThan = e.kept.started
	}
	unread := false
	for {
		outcome, l, err := c.shared.claim(ctx, e.key, newerThan)
		switch {
		case err != nil && ctx.Err() != nil:
			return landing{}, ended(ctx)
		case err != nil:
			c.count(LeaseAlone)
			return c.alone(ctx, e)
		}
		c.mark(ctx, "lease "+outcome)
		c.count(leaseEvents[outcome])
		switch outcome {
		case granted:
			return c.lead(ctx, l, e)
		case news:
			there := c.load(ctx, e.q, e.key)
			switch {
			case there == nil && unread:
				return c.alone(ctx, e)
			case there == nil: // damaged and dropped, or Redis was slow: what is newer than this is awaited, if it makes sense
				unread, newerThan = true, min(l.there, l.started)
			case c.fresh(there, c.Now()):
				return landing{entry: there, tier: inRedis}, nil
			default: // stale or purged: only what is newer still is of use
				newerThan = there.started
			}
			continue
		}
		got, err := c.follow(ctx, e, newerThan, l.holder)
		switch {
		case errors.Is(err, errAbandoned):
			continue
		case errors.Is(err, errAlone):
			c.count(LeaseAlone)
			return c.alone(ctx, e)
		case err != nil:
			c.holdBack(e.kept, err)
		}
		return got, err
	}
}

// lead asks Rocket as the holder of the lease.
func (c *Cache) lead(ctx context.Context, l *lease, e errand) (landing, error) {
	l.Keep(ctx)
	defer l.Rest()
	body, err := c.call(ctx, e)
	after := context.WithoutCancel(ctx) // the fetch may have used up its deadline
	switch {
	case errors.As(err, new(notAdmitted)), errors.Is(err, errEnding):
		l.release(after)
		return landing{}, err
	case err != nil:
		l.fail(after, err)
		c.holdBack(e.kept, err)
		return landing{}, err
	}
	fetched := newEntry(&c.Policy, e.q, body, l.started, c.Now(), cmp.Or(e.kept, c.memory.get(e.key)))
	switch {
	case !c.fits(e.q, fetched):
		l.fail(after, errAlone)
		return landing{entry: fetched}, nil
	case c.purgedMeanwhile(fetched):
		l.fail(after, errAbandoned)
		return landing{entry: fetched}, nil
	}
	stored, err := l.store(after, encode(fetched, e.q.Canonical(), c.clock.shift()), max(time.Second, fetched.keptUntil.Sub(c.Now())))
	switch {
	case err != nil:
		l.fail(after, errAlone)
	case !stored: // this process was away so long that another replica fetched meanwhile
		if newer := c.load(after, e.q, e.key); newer != nil && newer.newer(fetched) {
			return landing{entry: newer, shared: true}, nil
		}
	}
	c.remember(e.key, fetched)
	c.compare(after, e.q, e.kept, fetched)
	return landing{entry: fetched, stored: true}, nil
}

// follow waits for what another replica's fetch brings: an entry that began after newerThan, or the failure of the holder.
func (c *Cache) follow(ctx context.Context, e errand, newerThan uint64, holder string) (landing, error) {
	awaited := e.awaited
	rings, stop := c.shared.Bell.Wait(e.key.String())
	defer stop()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		s, err := c.shared.peek(ctx, e.key)
		switch {
		case err != nil && ctx.Err() != nil:
			return landing{}, ended(ctx)
		case err != nil:
			return landing{}, errAlone
		case s.start > newerThan:
			there := c.load(ctx, e.q, e.key)
			switch {
			case there == nil:
				return landing{}, errAlone
			case c.purgedMeanwhile(there): // its holder has not heard of it yet
				return landing{}, errAbandoned
			}
			return landing{entry: there, shared: true}, nil
		case s.failedBy == holder:
			return landing{shared: true}, s.failure.err()
		case s.holder == "":
			return landing{}, errAbandoned
		}
		holder = s.holder // another one may have taken over
		select {
		case <-rings:
		case <-ticker.C:
		case <-awaited:
			awaited = nil
			c.shared.hurry(ctx, e.key)
		case <-ctx.Done():
			return landing{}, ended(ctx)
		}
	}
}
