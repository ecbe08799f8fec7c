package upstream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// maxRetryAfter bounds the wait that Rocket may ask for.
const maxRetryAfter = time.Hour

// unreachable returns the failure for an error of the transport's. One that is a failure already, of a login under way, stays.
func unreachable(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var timeout net.Error
	ended := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	if ended || errors.As(err, &timeout) && timeout.Timeout() {
		return &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket did not respond in time.", Cause: quiet{err}}
	}
	return &fault.Error{
		Kind: fault.UpstreamError, Detail: "Rocket cannot be reached, or broke off in the middle of its response.", Cause: quiet{err},
	}
}

// quiet leaves out of the log what an error of net/http quotes: pieces of a broken response, which may hold a token.
type quiet struct{ error }

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func (q quiet) Error() string { return quoted.ReplaceAllString(q.error.Error(), `"…"`) }

func (q quiet) Unwrap() error { return q.error }

// queryFailures are the statuses that mean something of their own for a query. The password was accepted, so it is not the reason.
var queryFailures = map[int]fault.Error{
	http.StatusBadRequest:          {Kind: fault.UpstreamRejected, Detail: "Rocket returned 400 for this query."},
	http.StatusNotFound:            {Kind: fault.UpstreamRejected, Detail: "Rocket returned 404 for this query."},
	http.StatusUnprocessableEntity: {Kind: fault.UpstreamRejected, Detail: "Rocket returned 422 for this query."},
	http.StatusUnauthorized: {Kind: fault.UpstreamCredentials, Detail: "Rocket refuses the tokens of the gateway's service account " +
		"for this request. Its operator must have the account given access at Rocket."},
	http.StatusForbidden: {Kind: fault.UpstreamCredentials, Detail: "Rocket does not allow the gateway's service account this request. " +
		"Its operator must have the account's profile or permissions extended at Rocket."},
}

// loginFailures are those of a login.
var loginFailures = map[int]fault.Error{
	http.StatusBadRequest:   wrongPassword,
	http.StatusUnauthorized: wrongPassword,
	http.StatusForbidden: {Kind: fault.UpstreamCredentials, Detail: "Rocket does not allow the gateway's service account to log in. " +
		"Its operator must have the account unlocked or given access at Rocket."},
}

var wrongPassword = fault.Error{Kind: fault.UpstreamCredentials, Detail: "Rocket refuses the user name or password of the gateway's " +
	"service account. Its operator must correct them, or have the account unlocked."}

// classify returns the failure that a response is, nil for a 200 with a body that can be read.
func classify(resp *http.Response, specific map[int]fault.Error) error {
	status, wait := resp.StatusCode, resp.Header.Get("Retry-After")
	f, ok := specific[status]
	f.Status = status
	switch {
	case ok:
	case status == http.StatusOK:
		return checkEncoding(resp)
	case status == http.StatusTooManyRequests:
		f.Kind, f.Detail, f.RetryAfter = fault.UpstreamUnavailable, "Rocket asks for fewer requests.", retryAfter(wait, time.Now())
	case status == http.StatusNotModified:
		f.Kind, f.Detail = fault.UpstreamInvalidResponse, "Rocket returned 304 (Not Modified) to a request without a condition. "+
			"A proxy in between may have added one."
	case status >= 300 && status < 400:
		f.Kind, f.Detail = fault.UpstreamInvalidResponse, "Rocket returned a redirect, which the gateway does not follow. "+
			"ROCKET_URL must be the final address."
	case status >= 200 && status < 300:
		f.Kind, f.Detail = fault.UpstreamInvalidResponse, "Rocket returned "+strconv.Itoa(status)+" instead of 200, the only status "+
			"with a usable body."
	default:
		f.Kind, f.Detail = fault.UpstreamError, "Rocket returned "+strconv.Itoa(status)+"."
		if wait != "" {
			f.RetryAfter = retryAfter(wait, time.Now())
		}
	}
	return &f
}

// retryAfter returns the duration that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date), a second at least.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Second
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil || errors.Is(err, strconv.ErrRange) { // then the largest
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, time.Second), maxRetryAfter)
}

// checkEncoding returns an error if the content of a 200 cannot be read as it is. A gzipBody decodes gzip.
func checkEncoding(resp *http.Response) error {
	coding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch {
	case coding == "" || coding == "identity":
		return nil
	case !slices.Contains([]string{"br", "compress", "deflate", "gzip", "x-gzip", "zstd"}, coding): // no word of Rocket's own
		coding = "unknown to the gateway"
	}
	return invalid("Rocket's response has a Content-Encoding (" + coding + ") that the gateway did not request: it accepts gzip. " +
		"Rocket, or a proxy in between, must send gzip or none.")
}

// unread returns the failure for an error in the middle of a body.
func unread(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return invalid("Rocket's response is larger than ROCKET_MAX_RESPONSE_BYTES, which the gateway's operator can raise.")
	case errors.Is(err, errNotGzip):
		return invalid("Rocket's response has Content-Encoding gzip, but is not valid gzip.")
	default:
		return unreachable(err)
	}
}

// invalid returns the failure for a 200 with an unusable body.
func invalid(detail string) *fault.Error {
	return &fault.Error{Kind: fault.UpstreamInvalidResponse, Status: http.StatusOK, Detail: detail}
}

// unavailable returns the failure of a query that is not sent now, for one of the reasons of metrics.
func unavailable(reason, detail string, wait time.Duration) *fault.Error {
	return &fault.Error{Kind: fault.UpstreamUnavailable, Reason: reason, Detail: detail, RetryAfter: max(time.Second, wait)}
}
