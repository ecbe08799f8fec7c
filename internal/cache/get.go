package cache

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Get serves a complete query with this key. The error is a *fault.Error, or the context's if the caller disconnected. A deadline of the
// context is that of the caller's wait for Rocket.
func (c *Cache) Get(ctx context.Context, q *query.Query, key query.Key, d Directives) (Response, error) {
	ctx, end := c.span(ctx, "cache")
	defer end()
	begun := c.Now()
	d.NoCache = d.NoCache && (!d.SpareClosed || c.Policy.state(q, begun) != Closed)
	kept, err := c.tiers.lookUp(ctx, q, key, begun)
	if err != nil {
		return Response{}, err
	}
	r := request{q: q, key: key, admit: d.Admit, unhurried: d.Unhurried, forced: d.NoCache, waited: kept.at.Sub(begun)}
	if kept.usable {
		r.kept = kept.entry
	}
	if !kept.usable && d.OnlyIfCached {
		return Response{}, &fault.Error{Kind: fault.CacheMiss, Detail: "No cached response can be served, and the request is only-if-cached."}
	}
	do := c.decide(&kept, q, key, d)
	if do.forward != "" {
		return c.forward(ctx, r, do.forward)
	}
	if do.refresh {
		c.refresh(ctx, r)
	}
	return kept.hit(do.stale), nil
}

// lookUp returns the newest entry of the two tiers. Any number of callers share one comparison with Redis. The error is the context's.
func (t *tiers) lookUp(ctx context.Context, q *query.Query, key query.Key, now time.Time) (view, error) {
	kept := t.view(q, t.memory.Get(key), inMemory, now)
	due := t.due(&kept)
	if due.patience == 0 {
		if e := kept.entry; due.background && e.Checked.CompareAndSwap(due.checked, now.UnixNano()) { // one hit has it compared, not all
			t.tasks.run(func() { <-t.compare(ctx, q, key, e).done })
		}
		return kept, nil
	}
	patience := time.NewTimer(due.patience)
	defer patience.Stop()
	comparison := t.compare(ctx, q, key, kept.entry)
	switch err := t.tasks.await(ctx, comparison.done, patience.C); {
	case err != nil && disconnected(ctx):
		return kept, ctx.Err()
	case err != nil: // the comparison continues
		return t.view(q, kept.entry, inMemory, t.Now()), nil
	case comparison.value == nil, comparison.value == kept.entry:
		return t.view(q, kept.entry, inMemory, t.Now()), nil
	default:
		return t.view(q, comparison.value, inRedis, t.Now()), nil
	}
}

// request is what a fetch is for, and the entry that exists already.
type request struct {
	q          *query.Query
	key        query.Key
	kept       *Entry                      // usable; nil: none
	admit      func(context.Context) error // called before the fetch; nil: there is no caller to charge
	foreground <-chan struct{}             // closed as soon as a request waits for the fetch
	late       *atomic.Bool                // set if the fetch has a later deadline than its callers

	forced    bool          // its caller refuses an entry older than RefreshFloor
	unhurried bool          // its caller waits, but lets others go first
	waited    time.Duration // by its caller, for Redis
}

// result is the result of a fetch.
type result struct {
	entry  *Entry
	tier   string // in which another fetch had put it meanwhile; empty: it was fetched
	shared bool   // another replica fetched it, or failed to
	stored bool
}

const (
	softTimeout = 2 * time.Second        // a caller's wait for Rocket if a stale entry can be served
	slack       = 500 * time.Millisecond // after its timeout, for a fetch to deliver that
)

// forward waits for the one fetch of this query, and falls back on a stale entry if the fetch fails or is slow. reason is why
// the request is forwarded to Rocket.
func (c *Cache) forward(ctx context.Context, r request, reason string) (Response, error) {
	limit := c.FetchTimeout - r.waited
	if r.kept != nil {
		limit = min(softTimeout, limit)
	}
	patience, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		fetch, leader := c.fetcher.coalesce(ctx, r)
		if !r.unhurried {
			fetch.promote()
		}
		err := c.tasks.await(patience, fetch.done, nil)
		if err != nil && r.kept == nil && !fetch.late.Load() {
			delivery, cancel := context.WithTimeout(ctx, slack)
			err = c.tasks.await(delivery, fetch.done, nil)
			cancel()
		}
		refused := &notAdmitted{}
		switch {
		case err == nil && errors.As(fetch.err, refused) && !leader:
			continue // it was for another caller; the next one is on this caller's account
		case err == nil && errors.Is(fetch.err, errWaitEnded) && !leader && patience.Err() == nil:
			continue // it began to wait before this caller did; the next one waits longer
		case err == nil && errors.As(fetch.err, refused):
			return c.unadmitted(&r, reason, refused.error)
		case err == nil:
			return c.fetched(&r, reason, fetch, leader)
		case disconnected(ctx):
			return Response{}, ctx.Err()
		case r.kept != nil:
			return c.serve(r.q, r.kept, Status{Fwd: reason, Stale: StaleSlow}), nil
		default:
			return Response{Status: Status{Fwd: reason}}, timeout(err)
		}
	}
}

func disconnected(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// refresh fetches in the background, once for any number of hits. While Rocket is known not to respond, only a few probes do so.
func (c *Cache) refresh(ctx context.Context, r request) {
	if failing, probe := c.Origin.Failing(r.q); failing && !probe {
		return
	}
	r.admit = nil // no caller waits for it
	if fetch, leader := c.fetcher.coalesce(ctx, r); leader {
		c.tasks.run(func() { <-fetch.done })
	}
}

// coalesce joins the fetch of the query that is under way, unless a purge has come since, or begins one; then leader is true. The fetch
// is detached from the caller.
func (f *fetcher) coalesce(ctx context.Context, r request) (fetch *call[result], leader bool) {
	ctx = context.WithoutCancel(ctx)
	return f.calls.join(r.key, f.purges.version(namesOf(r.q)), func(fetch *call[result]) (result, error) {
		r.foreground, r.late = fetch.foreground, &fetch.late
		return f.fetch(ctx, r)
	})
}

// fetch fetches once for all replicas: the leader fetches, the others wait for what it stores. Without Redis, and if a response cannot
// be shared, every replica fetches. The wait and the fetch have a deadline each, whenever their callers give up.
func (f *fetcher) fetch(ctx context.Context, r request) (result, error) {
	ctx, end := f.span(ctx, "fetch")
	defer end()
	wait, cancel := f.limit(ctx)
	defer cancel()
	// Another fetch may have ended between the caller's look-up and the start of this one.
	if there := f.view(r.q, f.memory.Get(r.key), inMemory, f.Now()); there.entry != r.kept && there.fresh() {
		return result{entry: there.entry, tier: inMemory}, nil
	}
	options := f.acquireOptions(wait, r)
	for waited := false; ; {
		outcome, err := f.once.Acquire(wait, options)
		waited = waited || outcome.Waited
		switch {
		case wait.Err() != nil && outcome.Lease == nil:
			return result{}, waitEnded(wait)
		case err != nil:
			f.logFailure(r, err)
			return result{shared: outcome.Waited}, err
		case outcome.Lease != nil:
			r.late.Store(waited)
			return f.lead(ctx, outcome.Lease, r)
		case !outcome.Waited:
			f.lease(ctx, "needless")
		}
		there := f.view(r.q, f.tiers.load(wait, r.q, r.key), inRedis, f.Now())
		switch e := there.entry; {
		case e == nil || f.purges.hits(r.q, e): // its leader did not know of the purge yet
		case !outcome.Waited && there.fresh() && (!r.forced || e.Age(there.at) < f.RefreshFloor):
			return result{entry: e, tier: inRedis}, nil
		case outcome.Waited && e.Newer(r.kept) && (there.fresh() || e.Age(there.at) < f.FetchTimeout): // else it was restored
			return result{entry: e, shared: true}, nil
		}
		options.Known = outcome.Head
	}
}

// lead fetches as the holder of the lease.
func (f *fetcher) lead(ctx context.Context, l *fleet.Lease, r request) (result, error) {
	defer l.Guard(ctx)
	if f.redis != nil {
		f.lease(ctx, map[bool]string{true: "granted", false: "alone"}[l.Shared()])
	}
	limited, cancel := f.limit(ctx)
	defer cancel()
	at := f.begin(r, store.OrderOf(l.Base))
	body, err := recovering(func() ([]byte, error) { return f.fetchBody(limited, r) })
	if err != nil {
		f.fail(ctx, l, r, err)
		return result{}, err
	}
	fetched := store.NewEntry(body, at, f.Now(), cmp.Or(r.kept, f.memory.Get(r.key)))
	f.Policy.apply(fetched, r.q, r.key)
	switch {
	case int64(len(body)) > f.MaxEntryBytes:
		f.metrics.passedThrough.WithLabelValues(r.q.Endpoint.Name).Inc()
		l.ReleaseUnshared(ctx)
		return result{entry: fetched}, nil
	case f.purges.hits(r.q, fetched): // a purge during the fetch wins over the result
		l.Release(ctx, nil)
		return result{entry: fetched}, nil
	}
	f.detectRestatement(ctx, r.q, r.kept, fetched)
	f.tiers.remember(r.key, fetched)
	return f.store(ctx, l, r, fetched), nil
}

// storePatience is how long a caller waits until the entry is in Redis, where other replicas find it. A large one takes longer on a
// slow link; the lease is renewed meanwhile.
const storePatience = 250 * time.Millisecond

// store stores an entry for the other replicas, in the background after storePatience. It returns the newer entry that Redis has already
// if this process stood still so long that another replica fetched meanwhile.
func (f *fetcher) store(ctx context.Context, l *fleet.Lease, r request, fetched *Entry) result {
	newer := make(chan *Entry, 1)
	f.tasks.run(func() {
		there, err := recovering(func() (*Entry, error) { return f.storeOrLoad(ctx, l, r, fetched), nil })
		if err != nil {
			f.Log.Error("storing an entry failed", "error", err)
		}
		newer <- there
	})
	select {
	case there := <-newer:
		if there != nil {
			return result{entry: there, shared: true}
		}
	case <-time.After(storePatience):
	}
	return result{entry: fetched, stored: true}
}

// storeOrLoad stores an entry and ends the lease. It returns the newer entry that is in Redis, if any.
func (f *fetcher) storeOrLoad(ctx context.Context, l *fleet.Lease, r request, fetched *Entry) *Entry {
	defer l.Guard(ctx)
	var value []byte
	if l.Shared() { // else it is not stored
		value = fetched.Encode(f.purges.epoch(), r.q.Canonical(), f.clock.Shift())
	}
	switch stored, err := l.Store(ctx, value, max(time.Second, fetched.KeptUntil.Sub(f.Now())), orderText(fetched)); {
	case err != nil:
		fetched.Unshared.Store(true)
	case !stored:
		if there := f.tiers.load(ctx, r.q, r.key); there != nil && there.Newer(fetched) {
			return there
		}
	}
	return nil
}
