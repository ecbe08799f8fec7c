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

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	maxRetries   = 2
	firstBackoff = 100 * time.Millisecond // at most; the second at most twice that
	longestHeed  = time.Second            // a Retry-After up to this is waited for; a longer one is told to the caller

	retryRate  = 0.2 // of the attempts in flight, at most so many are retries
	retryFloor = 3   // and so many may be in any case
)

// retries asks again where that is safe and likely to help: nothing was answered, or the server says that it is a passing
// trouble. The budget keeps an ailing Rocket from being asked three times as often.
type retries struct{ policy retrypolicy.RetryPolicy[[]byte] }

func newRetries() *retries {
	return &retries{retrypolicy.NewBuilder[[]byte]().
		HandleIf(func(_ []byte, err error) bool { return err != nil && passing(err) }).
		WithMaxRetries(maxRetries).
		WithDelayFunc(backoff).
		WithBudget(budget.NewBuilder().WithMaxRate(retryRate).WithMinConcurrency(retryFloor).Build()).
		ReturnLastFailure().
		Build()}
}

// do runs attempts until one succeeds, or fails for good. What it gives is always what the last attempt gave.
func (r *retries) do(ctx context.Context, attempt func() ([]byte, error)) (content []byte, err error) {
	_, _ = failsafe.With[[]byte](r.policy).WithContext(ctx).Get(func() ([]byte, error) {
		content, err = attempt()
		return nil, err
	})
	return content, err
}

// passing says whether another attempt may help.
func passing(err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	switch f.Status {
	case 0:
		return f.Kind == fault.UpstreamError
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return f.RetryAfter <= longestHeed
	case http.StatusTooManyRequests:
		return f.RetryAfter > 0 && f.RetryAfter <= longestHeed
	default:
		return false
	}
}

// backoff is a random part of a growing time (full jitter), or what Rocket asks for.
func backoff(attempt failsafe.ExecutionAttempt[[]byte]) time.Duration {
	wait := rand.N(firstBackoff << (attempt.Attempts() - 1)) //nolint:gosec // no secret
	return max(wait, fault.Of(attempt.LastError()).RetryAfter)
}
