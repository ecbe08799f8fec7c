package upstream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// attempts returns the failures in turn, then success, and counts.
func attempts(n *int, failures ...error) func() (string, error) {
	return func() (string, error) {
		*n++
		if *n <= len(failures) {
			return "", failures[*n-1]
		}
		return "body", nil
	}
}

// anyHost is a host without evidence.
func anyHost() *breaker { return newBreaker(time.Minute, time.Now, slog.New(slog.DiscardHandler)) }

func status(kind fault.Kind, status int, retryAfter time.Duration) error {
	return &fault.Error{Kind: kind, Status: status, RetryAfter: retryAfter}
}

func TestRetries(t *testing.T) {
	cut := status(fault.UpstreamError, 0, 0)
	for name, test := range map[string]struct {
		failures []error
		count    int
		ok       bool
		least    time.Duration
		most     time.Duration
	}{
		"success":                {nil, 1, true, 0, 0},
		"a connection that ends": {[]error{cut}, 2, true, 0, firstBackoff},
		"503, then 504": {
			[]error{status(fault.UpstreamError, 503, 0), status(fault.UpstreamError, 504, 0)}, 3, true, 0, 3 * firstBackoff,
		},
		"three times 502": {[]error{
			status(fault.UpstreamError, 502, 0), status(fault.UpstreamError, 502, 0), status(fault.UpstreamError, 502, 0),
		}, 3, false, 0, 3 * firstBackoff},
		"cut off in a body": {[]error{status(fault.UpstreamError, 200, 0)}, 2, true, 0, firstBackoff},
		"500":               {[]error{status(fault.UpstreamError, 500, 0)}, 1, false, 0, 0},
		"404":               {[]error{status(fault.UpstreamRejected, 404, 0)}, 1, false, 0, 0},
		"403":               {[]error{status(fault.UpstreamCredentials, 403, 0)}, 1, false, 0, 0},
		"not JSON":          {[]error{status(fault.UpstreamInvalidResponse, 200, 0)}, 1, false, 0, 0},
		"a time-out":        {[]error{status(fault.UpstreamTimeout, 0, 0)}, 1, false, 0, 0},
		"no slot":           {[]error{status(fault.UpstreamUnavailable, 0, time.Second)}, 1, false, 0, 0},
		"429 for a second":  {[]error{status(fault.UpstreamUnavailable, 429, time.Second)}, 2, true, time.Second, time.Second},
		"429 again": {
			[]error{status(fault.UpstreamUnavailable, 429, time.Second), status(fault.UpstreamUnavailable, 429, time.Second)}, 2, false, time.Second,
			time.Second,
		},
		"429 for long":             {[]error{status(fault.UpstreamUnavailable, 429, 2*time.Second)}, 1, false, 0, 0},
		"a login that had its own": {[]error{loginFailure{cut}}, 1, false, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, begun := 0, time.Now()
				got, err := retry(t.Context(), newRetries(newMetrics(nil, newBulkhead(1, 0)).retries), anyHost(), attempts(&n, test.failures...))
				took := time.Since(begun)
				if n != test.count || (err == nil) != test.ok || took < test.least || took > test.most {
					t.Errorf("%q, %v after %d attempts and %s", got, err, n, took)
				}
				if !test.ok && !errors.Is(err, test.failures[n-1]) {
					t.Errorf("got %v, want that of the last attempt", err)
				}
			})
		})
	}
}

// The failure that Rocket returned is worth more to the caller than that the time is over.
func TestReturnedFailureBeatsTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		returned := status(fault.UpstreamError, 503, 0)
		n := 0
		_, err := retry(ctx, newRetries(newMetrics(nil, newBulkhead(1, 0)).retries), anyHost(), func() (string, error) {
			if n++; n == 1 {
				return "", returned
			}
			<-ctx.Done()
			return "", unreachable(ctx.Err())
		})
		if !errors.Is(err, returned) {
			t.Errorf("got %v", err)
		}
	})
}

// Of many queries to a Rocket that fails, few are retried.
func TestRetriesHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const queries = 100
		r := newRetries(newMetrics(nil, newBulkhead(1, 0)).retries)
		var mu sync.Mutex
		count := 0
		var all sync.WaitGroup
		for range queries {
			all.Go(func() {
				_, err := retry(t.Context(), r, anyHost(), func() (string, error) {
					mu.Lock()
					count++
					mu.Unlock()
					time.Sleep(10 * time.Second)
					return "", status(fault.UpstreamError, 503, 0)
				})
				if fault.Of(err).Status != 503 {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if more := count - queries; more < retryFloor || more > queries/2 {
			t.Errorf("%d attempts for %d queries", count, queries)
		}
	})
}
