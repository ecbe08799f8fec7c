package client

import (
	"context"
	"errors"
	"math"
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

// attempts are those of one request.
type attempts struct {
	client    *Client
	failed    int
	wait      time.Duration // before the next
	cacheOnly bool          // the caller wants no fetch

	noToken error  // why the last attempt was not sent
	body    []byte // of the last response
	missing error  // why body is not all of it
}

// do sends a request, as often as it makes sense, and returns the last response and the attempts, which have its body.
func (c *Client) do(req *retryablehttp.Request) (*http.Response, *attempts, error) {
	a := &attempts{client: c, cacheOnly: strings.Contains(req.Header.Get("Cache-Control"), "only-if-cached")}
	once := *c.http
	once.Transport = a
	sender := retryablehttp.Client{
		HTTPClient: &once, RetryMax: c.retries, CheckRetry: a.retry, ErrorHandler: retryablehttp.PassthroughErrorHandler,
		Backoff: func(time.Duration, time.Duration, int, *http.Response) time.Duration { return a.wait },
	}
	resp, err := sender.Do(req)
	return resp, a, err
}

// retry reads the body, reports whether another attempt may succeed soon enough, and sets the wait before it.
func (a *attempts) retry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if err == nil {
		err = a.readBody(resp)
	}
	if !a.mayPass(ctx, resp, err) {
		return false, err
	}
	a.wait = backoff(a.failed, resp)
	a.failed++
	deadline, bounded := ctx.Deadline()
	return a.wait <= longestWait && (!bounded || a.wait < time.Until(deadline)), err
}

// mayPass reports whether what failed may succeed a moment later.
func (a *attempts) mayPass(ctx context.Context, resp *http.Response, err error) bool {
	var refused *oauth2.RetrieveError // also of an oauth2.Transport of the caller's
	switch {
	case errors.As(err, &refused):
		status := refused.Response
		return status != nil && (status.StatusCode == http.StatusTooManyRequests || status.StatusCode >= http.StatusInternalServerError)
	case a.noToken != nil:
		return ofNetwork(a.noToken)
	case errors.As(err, new(tooLarge)):
		return false
	case err != nil:
		passes, _ := retryablehttp.ErrorPropagatedRetryPolicy(ctx, nil, err)
		return passes
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable:
		return true
	}
	return resp.StatusCode == http.StatusGatewayTimeout && !a.cacheOnly
}

// backoff returns how long to wait after some failed attempts, with jitter, so that clients that failed together do not return together.
func backoff(failed int, resp *http.Response) time.Duration {
	if resp != nil {
		if wait := retryAfter(resp.Header); wait > 0 {
			return max(wait, min(wait+rand.N(firstWait), longestWait)) //nolint:gosec // jitter
		}
	}
	wait := retryablehttp.DefaultBackoff(firstWait, longestWait, failed, nil)
	return wait/2 + rand.N(wait/2) //nolint:gosec // jitter
}

// retryAfter returns the wait that Retry-After names (RFC 9110, 10.2.3), or zero.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return max(0, seconds(value))
}

// seconds returns the duration that a field names in seconds, the longest if it overflows, or zero.
func seconds(text string) time.Duration {
	const most = int64(math.MaxInt64 / time.Second)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(min(max(n, -most), most)) * time.Second
}
