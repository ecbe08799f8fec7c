package upstream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// maxRetryAfter bounds what Rocket may ask callers to wait.
const maxRetryAfter = time.Hour

// unreachable turns an error of the transport into a failure. One that is a failure already, from a login under way, stays.
func unreachable(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var timeout net.Error
	ended := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	if ended || errors.As(err, &timeout) && timeout.Timeout() {
		return &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket gave no answer in time.", Cause: quiet{err}}
	}
	return &fault.Error{
		Kind: fault.UpstreamError, Detail: "Rocket cannot be reached, or broke off in mid-answer.", Cause: quiet{err},
	}
}

// quiet leaves out of the log what an error of net/http quotes: pieces of a broken answer, where a token may be.
type quiet struct{ error }

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func (q quiet) Error() string { return quoted.ReplaceAllString(q.error.Error(), `"…"`) }

func (q quiet) Unwrap() error { return q.error }

// failed turns a status that is neither success nor refusal into a failure.
func failed(resp *http.Response) error {
	status := resp.StatusCode
	switch {
	case status == http.StatusTooManyRequests:
		return &fault.Error{
			Kind: fault.UpstreamUnavailable, Status: status,
			Detail: "Rocket asks for fewer requests.", RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now()),
		}
	case status >= 300 && status < 400:
		return &fault.Error{
			Kind: fault.UpstreamInvalidResponse, Status: status, Detail: "Rocket answered with a redirect, which is not followed.",
		}
	case status >= 200 && status < 300:
		return &fault.Error{
			Kind: fault.UpstreamInvalidResponse, Status: status,
			Detail: "Rocket answered " + strconv.Itoa(status) + ", where only 200 has an answer.",
		}
	default:
		f := &fault.Error{Kind: fault.UpstreamError, Status: status, Detail: "Rocket answered " + strconv.Itoa(status) + "."}
		if wait := resp.Header.Get("Retry-After"); wait != "" {
			f.RetryAfter = retryAfter(wait, time.Now())
		}
		return f
	}
}

// retryAfter reads both forms of the header (RFC 9110, 10.2.3): seconds or a date. It gives at least a second.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Second
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil || errors.Is(err, strconv.ErrRange) { // then the largest
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, time.Second), maxRetryAfter)
}

func invalid(detail string) *fault.Error {
	return &fault.Error{Kind: fault.UpstreamInvalidResponse, Status: http.StatusOK, Detail: detail}
}

func tooLarge() error { return invalid("Rocket's answer is larger than ROCKET_MAX_RESPONSE_BYTES.") }
