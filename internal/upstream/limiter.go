package upstream

import (
	"context"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// limiter bounds the questions in flight to Rocket.
type limiter struct {
	places chan struct{}
	wait   time.Duration
}

func newLimiter(places int, wait time.Duration) *limiter {
	return &limiter{make(chan struct{}, places), wait}
}

// enter waits for a place, which leave gives back.
func (l *limiter) enter(ctx context.Context) error {
	select {
	case l.places <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	select {
	case l.places <- struct{}{}:
		return nil
	case <-timer.C:
		return &fault.Error{
			Kind:       fault.UpstreamUnavailable,
			Detail:     "Too many questions are on their way to Rocket already.",
			RetryAfter: max(time.Second, l.wait),
		}
	case <-ctx.Done():
		return unreachable(ctx.Err())
	}
}

func (l *limiter) leave() { <-l.places }
