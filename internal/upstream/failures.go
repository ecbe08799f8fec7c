package upstream

import (
	"compress/flate"
	"compress/gzip"
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
	case status == http.StatusNotModified:
		return invalidStatus(status, "Rocket returned 304 (Not Modified) to a request without a condition. "+
			"A proxy in between may have added one.")
	case status >= 300 && status < 400:
		return invalidStatus(status, "Rocket returned a redirect, which the gateway does not follow. "+
			"ROCKET_URL must be the final address.")
	case status >= 200 && status < 300:
		return invalidStatus(status, "Rocket returned "+strconv.Itoa(status)+" instead of 200, the only status with a usable body.")
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

// unusable returns an error if the content of a 200 cannot be read as it is. net/http has decoded the gzip that it asked for.
func unusable(resp *http.Response) error {
	coding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch {
	case coding == "" || coding == "identity":
		return nil
	case !slices.Contains([]string{"br", "compress", "deflate", "gzip", "x-gzip", "zstd"}, coding): // no word of Rocket's own
		coding = "unknown to the gateway"
	}
	return invalid("Rocket's response has a Content-Encoding (" + coding + ") that the gateway did not ask for: it asks for gzip. " +
		"Rocket, or a proxy in between, must send gzip or none.")
}

// unread returns the failure for an error in the middle of a body.
func unread(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, errTooLarge):
		return invalid("Rocket's response is larger than ROCKET_MAX_RESPONSE_BYTES, which the gateway's operator can raise.")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return invalid("Rocket's response has Content-Encoding gzip, but is not valid gzip.")
	default:
		return unreachable(err)
	}
}

func invalid(detail string) *fault.Error { return invalidStatus(http.StatusOK, detail) }

func invalidStatus(status int, detail string) *fault.Error {
	return &fault.Error{Kind: fault.UpstreamInvalidResponse, Status: status, Detail: detail}
}

// refused returns the failure for a 401 or 403 to a request with a token. The password was accepted, so it is not the reason.
func refused(status int) *fault.Error {
	detail := "Rocket refuses the tokens of the gateway's service account for this request. " +
		"Its operator must have the account given access at Rocket."
	if status == http.StatusForbidden {
		detail = "Rocket does not allow the gateway's service account this request. " +
			"Its operator must have the account's profile or permissions extended at Rocket."
	}
	return &fault.Error{Kind: fault.UpstreamCredentials, Status: status, Detail: detail}
}

// loginRefused returns the failure for a login whose status is not 200.
func loginRefused(resp *http.Response) error {
	detail := "Rocket refuses the user name or password of the gateway's service account. " +
		"Its operator must correct them, or have the account unlocked."
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusUnauthorized:
	case http.StatusForbidden:
		detail = "Rocket does not allow the gateway's service account to log in. Its operator must have the account unlocked or " +
			"given access at Rocket."
	default:
		return failed(resp)
	}
	return &fault.Error{Kind: fault.UpstreamCredentials, Status: resp.StatusCode, Detail: detail}
}
