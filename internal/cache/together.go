package cache

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// storePatience is how long a caller waits until the entry is in Redis, where other replicas find it. A large one takes longer on a
// slow link; the lease is kept meanwhile.
const storePatience = 250 * time.Millisecond

// fetch asks Rocket once for all replicas: the leader asks, the others wait for what it stores. Without Redis, and if a response cannot be
// shared, every replica asks for itself. The wait and the fetch have a deadline each, whenever their callers give up.
func (c *Cache) fetch(ctx context.Context, e errand) (landing, error) {
	ctx, end := c.span(ctx, "fetch")
	defer end()
	wait, cancel := c.limit(ctx)
	defer cancel()
	// Another flight may have landed between the caller's look and the start of this one.
	if there := c.memory.get(e.key); there != nil && there != e.kept && c.fresh(there, c.Now()) {
		return landing{entry: there, tier: inMemory}, nil
	}
	claim := c.claim(wait, e)
	for {
		turn, err := c.once.Acquire(wait, claim)
		switch {
		case wait.Err() != nil && turn.Lease == nil:
			return landing{}, ended(wait)
		case err != nil:
			c.logFailure(e, err)
			return landing{shared: turn.Waited}, err
		case turn.Lease != nil:
			c.countLease(ctx, turn.Lease)
			return c.lead(ctx, turn.Lease, e)
		case !turn.Waited:
			c.mark(ctx, "lease needless")
			c.count(LeaseNeedless)
		}
		there, now := c.load(wait, e.q, e.key), c.Now()
		switch {
		case there == nil || c.purgedMeanwhile(there): // its leader did not know of the purge yet
		case !turn.Waited && c.fresh(there, now) && (!e.forced || there.Age(now) < c.RefreshFloor):
			return landing{entry: there, tier: inRedis}, nil
		case turn.Waited && there.newer(e.kept) && (c.fresh(there, now) || there.Age(now) < c.FetchTimeout): // else it was restored
			return landing{entry: there, shared: true}, nil
		}
		claim.Known = turn.Head
	}
}

func (c *Cache) claim(ctx context.Context, e errand) fleet.Claim {
	claim := fleet.Claim{Keys: c.keysOf(e.key), Alone: !c.ready(ctx), Foreground: e.awaited}
	claim.State, claim.Outdated = c.purgeState(e.q)
	claim.Waiting = func() {
		c.mark(ctx, "lease taken")
		c.count(LeaseTaken)
	}
	if e.kept != nil {
		claim.Known = e.kept.head()
	}
	return claim
}

func (c *Cache) countLease(ctx context.Context, l *fleet.Lease) {
	switch {
	case l.Shared():
		c.mark(ctx, "lease granted")
		c.count(LeaseGranted)
	case c.shared != nil:
		c.count(LeaseAlone)
	}
}

// purgeState returns the ids of the purges of a query, which a lease tells other replicas, and a function that reports whether the holder
// of a lease does not know one of the latest: what it brings is of no use then.
func (c *Cache) purgeState(q *query.Query) (state func() string, outdated func(context.Context, string) bool) {
	names := namesOf(q)
	state = func() string { return hexIDs(c.purged.seen(names)) }
	return state, func(ctx context.Context, of string) bool {
		known := parseIDs(of)
		return c.purged.misses(names, known) && c.readPurges(ctx) == nil && c.purged.misses(names, known)
	}
}

// lead asks Rocket as the holder of the lease.
func (c *Cache) lead(ctx context.Context, l *fleet.Lease, e errand) (landing, error) {
	defer l.Guard(ctx)
	limited, cancel := c.limit(ctx)
	defer cancel()
	at := c.start(e, orderOf(l.Base))
	body, err := survive(func() ([]byte, error) { return c.call(limited, e) })
	if err != nil {
		c.failed(ctx, l, e, err)
		return landing{}, err
	}
	fetched := newEntry(&c.Policy, e.q, body, at, c.Now(), cmp.Or(e.kept, c.memory.get(e.key)))
	switch {
	case !c.fits(e.q, fetched):
		l.Alone(ctx)
		return landing{entry: fetched}, nil
	case c.purgedMeanwhile(fetched):
		l.Release(ctx, nil)
		return landing{entry: fetched}, nil
	}
	c.compare(ctx, e.q, e.kept, fetched)
	c.remember(e.key, fetched)
	newer := make(chan *Entry, 1)
	c.running.run(func() {
		there, err := survive(func() (*Entry, error) { return c.save(ctx, l, e, fetched), nil })
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
	return landing{entry: fetched, stored: true}, nil
}

// failed ends the lease after a failure: others are told of it, unless it is about this replica or this caller alone.
func (c *Cache) failed(ctx context.Context, l *fleet.Lease, e errand, err error) {
	switch {
	case errors.As(err, new(notAdmitted)), errors.Is(err, errEnding), notSent(err) && e.kept == nil:
		l.Release(ctx, nil)
		return
	case notSent(err):
		l.Release(ctx, err)
	default:
		l.Fail(ctx, err)
	}
	c.logFailure(e, err)
}

// save stores an entry for the other replicas and ends the lease. It returns the newer entry that is there already if this process
// stood still so long that another replica fetched meanwhile, else nil.
func (c *Cache) save(ctx context.Context, l *fleet.Lease, e errand, fetched *Entry) *Entry {
	defer l.Guard(ctx)
	if !l.Shared() {
		fetched.unshared.Store(true)
		l.Alone(ctx)
		return nil
	}
	value := encode(fetched, c.purged.epoch(), e.q.Canonical(), c.clock.shift())
	stored, err := l.Store(ctx, value, max(time.Second, fetched.keptUntil.Sub(c.Now())), orderText(fetched))
	if err != nil {
		fetched.unshared.Store(true)
		l.Alone(ctx)
	}
	if err != nil || stored {
		return nil
	}
	if there := c.load(ctx, e.q, e.key); there != nil && there.newer(fetched) {
		return there
	}
	return nil
}
