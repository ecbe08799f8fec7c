package cache

import (
	"context"
	"errors"
	"time"
)

// pollInterval is the net below the messages that wake those who wait for another replica.
const pollInterval = 100 * time.Millisecond

// errAbandoned says that whoever was fetching has stopped without a word.
var errAbandoned = errors.New("the lease is gone")

// together fetches once for all replicas: whoever gets the lease asks Rocket, the others wait for what comes of it. Where
// Redis fails, or an answer cannot be shared, every replica asks for itself.
func (c *Cache) together(ctx context.Context, e errand) (landing, error) {
	var newerThan uint64
	if e.kept != nil {
		newerThan = e.kept.started
	}
	for {
		outcome, l, err := c.shared.claim(ctx, e.key, newerThan)
		if err != nil {
			c.tell(LeaseAlone)
			return c.alone(ctx, e)
		}
		c.tell(leaseEvents[outcome])
		switch outcome {
		case granted:
			return c.lead(ctx, l, e)
		case news:
			there := c.load(ctx, e.q, e.key)
			switch {
			case there == nil: // damaged, or of a foreign kind
				newerThan = ^uint64(0)
			case c.fresh(there, c.Now()):
				return landing{entry: there, tier: inRedis}, nil
			default: // stale or purged: only what is newer still is of use
				newerThan = there.started
			}
			continue
		}
		got, err := c.follow(ctx, e, newerThan, l.started)
		switch {
		case errors.Is(err, errAbandoned):
			continue
		case errors.Is(err, errAlone):
			c.tell(LeaseAlone)
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
	case errors.As(err, new(notAdmitted)):
		l.release(after)
		return landing{}, err
	case err != nil:
		l.fail(after, err)
		c.holdBack(e.kept, err)
		return landing{}, err
	}
	fetched := newEntry(&c.Policy, e.q, body, l.started, c.Now(), e.kept)
	if !c.fits(e.q, fetched) || c.purgedMeanwhile(fetched) {
		l.fail(after, errAlone)
		return landing{entry: fetched}, nil
	}
	stored, err := l.store(after, encode(fetched, e.q.Canonical()), max(time.Second, fetched.GoneAt.Sub(c.Now())))
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

// follow waits for what another replica's fetch brings: an entry that began after newerThan, or a failure since the stamp.
func (c *Cache) follow(ctx context.Context, e errand, newerThan, since uint64) (landing, error) {
	awaited := e.awaited
	rings, stop := c.shared.Bell.Wait(e.key.String())
	defer stop()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		s, err := c.shared.peek(ctx, e.key)
		switch {
		case err != nil:
			return landing{}, errAlone
		case s.start > newerThan && newerThan != ^uint64(0) || s.start >= since:
			if there := c.load(ctx, e.q, e.key); there != nil {
				return landing{entry: there, shared: true}, nil
			}
			return landing{}, errAlone
		case s.failedAt >= since:
			return landing{shared: true}, s.failure.err()
		case !s.leased:
			return landing{}, errAbandoned
		}
		select {
		case <-rings:
		case <-ticker.C:
		case <-awaited:
			awaited = nil
			c.shared.hurry(ctx, e.key)
		case <-ctx.Done():
			return landing{}, inTime(ctx.Err())
		}
	}
}
