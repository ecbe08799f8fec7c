package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"
)

const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
)

func retrying(sender *http.Client, retries int) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: sender, RetryMax: retries, RetryWaitMin: firstWait, RetryWaitMax: longestWait,
		CheckRetry: worthRetry, Backoff: backoff, ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// worthRetry reports whether another attempt may succeed soon enough.
func worthRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	var refused *oauth2.RetrieveError
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return false, nil // the issuer refuses the credentials
	case err != nil:
		return retryablehttp.ErrorPropagatedRetryPolicy(ctx, resp, err)
	case resp.StatusCode == http.StatusGatewayTimeout && strings.Contains(resp.Request.Header.Get("Cache-Control"), "only-if-cached"):
		return false, nil // the caller wants no fetch
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		wait := retryAfter(resp.Header)
		deadline, bounded := ctx.Deadline()
		return wait <= longestWait && (!bounded || wait < time.Until(deadline)), nil
	}
	return false, nil
}

// backoff returns how long to wait before the next attempt, with jitter, so that clients that failed together do not return together.
func backoff(first, longest time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if wait := retryAfter(resp.Header); wait > 0 {
			return wait + rand.N(first) //nolint:gosec // jitter
		}
	}
	wait := retryablehttp.DefaultBackoff(first, longest, attempt, nil)
	return wait/2 + rand.N(wait/2) //nolint:gosec // jitter
}

// retryAfter returns the wait that Retry-After names (RFC 9110, 10.2.3), or zero.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
