package upstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	maxRetries    = 2
	firstBackoff  = 100 * time.Millisecond // at most; the second at most twice that
	maxRetryDelay = time.Second            // a Retry-After up to this is waited for; a longer one goes to the caller

	retryRate  = 0.2 // of the attempts in flight, at most so many are retries
	retryFloor = 3   // and so many may be in any case
)

// retries sends again what is safe and likely to help: nothing was returned, or a status for a failure that passes. The budget keeps an
// ailing Rocket from receiving three times as many requests.
type retries struct {
	budget budget.Budget
	count  prometheus.Counter
}

func newRetries(count prometheus.Counter) *retries {
	return &retries{budget.NewBuilder().WithMaxRate(retryRate).WithMinConcurrency(retryFloor).Build(), count}
}

// retry runs attempts until one succeeds, or fails for good. It does not try again while the host is known not to respond. The failure
// that Rocket returned is worth more to the caller than why there was no further attempt.
func retry[T any](ctx context.Context, r *retries, host *breaker, attempt func() (T, error)) (got T, err error) {
	attempts := 0
	policy := retrypolicy.NewBuilder[any]().
		HandleIf(func(any, error) bool { return transient(err, attempts) && !host.fails() }).
		WithMaxRetries(maxRetries).
		WithDelayFunc(func(failsafe.ExecutionAttempt[any]) time.Duration { return backoff(fault.Of(err), attempts) }).
		WithBudget(r.budget).
		Build()
	_ = failsafe.With[any](policy).WithContext(ctx).Run(func() error {
		if attempts++; attempts > 1 {
			r.count.Inc()
		}
		before := err
		if got, err = attempt(); attempts > 1 && err != nil && (ctx.Err() != nil || fault.Of(err).Reason == shedBreaker) {
			err = before
		}
		return err
	})
	return got, err
}

// transient reports whether one more attempt, after so many, may help. A login that fails has had its own.
func transient(err error, attempts int) bool {
	var login loginFailure
	if err == nil || errors.As(err, &login) {
		return false
	}
	switch f := fault.Of(err); f.Status {
	case 0, http.StatusOK: // the connection broke before the response, or in it
		return f.Kind == fault.UpstreamError
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return f.RetryAfter <= maxRetryDelay
	case http.StatusTooManyRequests:
		return attempts == 1 && f.RetryAfter <= maxRetryDelay
	default:
		return false
	}
}

// loginFailure is why a query could not be sent.
type loginFailure struct{ error }

func (l loginFailure) Unwrap() error { return l.error }

// backoff returns a random part of a growing time (full jitter), or what Rocket asks for.
func backoff(f *fault.Error, attempts int) time.Duration {
	wait := rand.N(firstBackoff << (attempts - 1)) //nolint:gosec // no secret
	return max(wait, f.RetryAfter)
}
