package cache

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Waiters look into Redis themselves, in case a message is lost: twice in the first second, then once a second.
const (
	firstPolls = 2
	firstPoll  = 500 * time.Millisecond
	laterPoll  = time.Second
)

// storePatience is how long a caller waits until the entry is in Redis, where other replicas find it. A large one takes longer on a
// slow link; the lease is kept meanwhile.
const storePatience = 250 * time.Millisecond

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
			c.holdBack(e, err)
		}
		return got, err
	}
}

// lead asks Rocket as the holder of the lease.
func (c *Cache) lead(ctx context.Context, l *lease, e errand) (landing, error) {
	after := context.WithoutCancel(ctx) // the fetch may use up its deadline
	l.Keep(after)                       // until it is stored, failed or released
	defer func() {
		if p := recover(); p != nil {
			l.Rest() // the lease runs out, and a waiter takes it
			panic(p)
		}
	}()
	body, err := survive(func() ([]byte, error) { return c.call(ctx, e) })
	switch {
	case errors.As(err, new(notAdmitted)), errors.Is(err, errEnding), err != nil && notSent(err):
		l.release(after)
		c.holdBack(e, err)
		return landing{}, err
	case err != nil:
		l.fail(after, err)
		c.holdBack(e, err)
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
	c.remember(e.key, fetched)
	newer := make(chan *Entry, 1)
	c.running.run(func() {
		there, err := survive(func() (*Entry, error) { return c.save(after, l, e, fetched), nil })
		if err != nil {
			c.Log.Error("storing an entry failed", "error", err)
		}
		newer <- there
	})
	select {
	case there := <-newer:
		if there != nil {
			return landing{entry: there, shared: true}, nil
		}
	case <-time.After(storePatience):
	}
	c.compare(after, e.q, e.kept, fetched)
	return landing{entry: fetched, stored: true}, nil
}

// save stores an entry for the other replicas and ends the lease. It returns the newer entry that is there already if this process
// stood still so long that another replica fetched meanwhile, else nil.
func (c *Cache) save(ctx context.Context, l *lease, e errand, fetched *Entry) *Entry {
	stored, err := l.store(ctx, encode(fetched, e.q.Canonical(), c.clock.shift()), max(time.Second, fetched.keptUntil.Sub(c.Now())))
	if err != nil {
		l.fail(ctx, errAlone)
	}
	if err != nil || stored {
		return nil
	}
	if there := c.load(ctx, e.q, e.key); there != nil && there.newer(fetched) {
		return there
	}
	return nil
}

// follow waits for what another replica's fetch brings: an entry that began after newerThan, or the failure of the holder.
func (c *Cache) follow(ctx context.Context, e errand, newerThan uint64, holder string) (landing, error) {
	awaited := e.awaited
	rings, stop := c.shared.Bell.Wait(e.key.String())
	defer stop()
	for polls := 0; ; polls++ {
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
		for poll := time.After(pollInterval(polls)); poll != nil; {
			select {
			case <-rings:
				poll = nil
			case <-poll:
				poll = nil
			case <-awaited:
				awaited = nil
				c.shared.hurry(ctx, e.key)
			case <-ctx.Done():
				return landing{}, ended(ctx)
			}
		}
	}
}

func pollInterval(polls int) time.Duration {
	if polls < firstPolls {
		return firstPoll
	}
	return laterPoll
}
