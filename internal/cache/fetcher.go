package cache

import (
	"context"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

// fetcher fetches from Rocket, once for all callers and all replicas.
type fetcher struct {
	*core
	tiers *tiers
	calls calls[result]

	closing context.Context // ends when Close aborts the fetches that are still under way
	abort   context.CancelFunc
}

// acquireOptions returns options with the purges that this replica knows: what a holder fetches without the latest is of no use.
func (f *fetcher) acquireOptions(ctx context.Context, r request) fleet.AcquireOptions {
	names := namesOf(r.q)
	o := fleet.AcquireOptions{
		Keys: f.redis.Keys(r.key), Local: !f.record.ready(ctx), Foreground: r.foreground,
		Waiting: func() { f.lease(ctx, "taken") },
		State:   func() string { return hexIDs(f.purges.seen(names)) },
		Outdated: func(ctx context.Context, state string) bool {
			known := parseIDs(state)
			return f.purges.misses(names, known) && f.record.read(ctx) == nil && f.purges.misses(names, known)
		},
	}
	if r.kept != nil {
		o.Known = r.kept.Head()
	}
	return o
}

// begin returns what is known as a fetch begins. The fetch comes after the entries that are known, and after the one in Redis.
func (f *fetcher) begin(r request, inRedis uint64) store.Start {
	orders := []uint64{inRedis}
	for _, before := range []*Entry{r.kept, f.memory.Get(r.key)} {
		if before != nil {
			orders = append(orders, before.Order())
		}
	}
	number, correction := f.clock.After(orders...)
	return store.Start{Number: number, Correction: correction, Seen: f.purges.seen(namesOf(r.q))}
}

// notAdmitted is why there was no fetch on the account of the leader. It does not apply to waiters.
type notAdmitted struct{ error }

// fetchBody fetches, if the caller whose account it is on may.
func (f *fetcher) fetchBody(ctx context.Context, r request) ([]byte, error) {
	if r.admit != nil {
		if err := r.admit(ctx); err != nil {
			return nil, notAdmitted{err}
		}
	}
	body, err := f.Origin.Fetch(ctx, r.q, r.foreground)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errClosing) {
		return nil, cause
	}
	return body, err
}

// fail ends the lease after a failure, which other replicas share, unless it is about this replica or this caller alone.
func (f *fetcher) fail(ctx context.Context, l *fleet.Lease, r request, err error) {
	switch {
	case errors.As(err, new(notAdmitted)), errors.Is(err, errClosing), notSent(err) && r.kept == nil:
		l.Release(ctx, nil)
		return
	case notSent(err):
		l.Release(ctx, err)
	default:
		l.Fail(ctx, err)
	}
	f.logFailure(r, err)
}

func (f *fetcher) logFailure(r request, err error) {
	if failing, _ := f.Origin.Failing(r.q); r.kept != nil && staleIfError(err) && !failing { // else the log has that for all entries
		f.Log.Warn("refresh failed, serving stale entry", "age", r.kept.Age(f.Now()).Round(time.Second).String(), "error", err)
	}
}
