package cache

import (
	"context"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

// limit returns a context with the deadline of a fetch, which comes early if Close aborts it.
func (f *fetcher) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, abort := context.WithCancelCause(ctx)
	detach := context.AfterFunc(f.closing, func() { abort(errClosing) })
	ctx, cancel := context.WithTimeout(ctx, f.FetchTimeout)
	return ctx, func() {
		detach()
		cancel()
		abort(nil)
	}
}

// aborted returns the error of a fetch whose context has ended.
func aborted(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errClosing) {
		return cause
	}
	return timeout(ctx.Err())
}

func timeout(cause error) error {
	return &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket gave no answer in time.", Cause: cause}
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
		f.Log.Warn("refresh failed, serving stale entry", "age", r.kept.Age(f.Now()).Round(time.Second), "error", err)
	}
}

// The backoff is a second after the first failure in a row.
const (
	shortestBackoff = time.Second
	longestBackoff  = 10 * time.Second
)

// backoff returns the backoff after a failure: none if Rocket refused the query itself.
func backoff(count int, f *fault.Error) time.Duration {
	if !staleIfError(f) {
		return 0
	}
	return min(shortestBackoff<<min(count-1, 4), longestBackoff)
}

// notSent reports whether this replica itself refused to send the query: another one may.
func notSent(err error) bool {
	f := fault.Of(err)
	return f.Kind == fault.UpstreamUnavailable && f.Status == 0
}

// staleIfError reports whether a stale entry is better than a failure. A refusal of the query itself is Rocket's response to it.
func staleIfError(err error) bool {
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
