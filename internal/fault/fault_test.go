package fault_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  fault.Error
		want string
	}{
		{fault.Error{Kind: fault.NotFound}, "not-found"},
		{fault.Error{Kind: fault.UpstreamError, Detail: "Rocket fails."}, "upstream-error: Rocket fails."},
		{fault.Error{Kind: fault.Internal, Cause: errors.New("disk full")}, "internal-error: disk full"},
		{
			fault.Error{Kind: fault.InvalidRequest, Params: []fault.Param{{"view", "is unknown"}, {"cost", "is too long"}}},
			"invalid-request; view is unknown; cost is too long",
		},
		{
			fault.Error{
				Kind: fault.UpstreamTimeout, Detail: "No response.", Params: []fault.Param{{"period", "is long"}},
				RetryAfter: time.Minute, Status: 504, Cause: context.DeadlineExceeded,
			},
			"upstream-timeout: No response.; period is long: context deadline exceeded",
		},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestUnwrap(t *testing.T) {
	cause := fmt.Errorf("dial: %w", context.Canceled)
	err := fmt.Errorf("ask: %w", &fault.Error{Kind: fault.UpstreamError, Cause: cause})
	if !errors.Is(err, context.Canceled) {
		t.Error("the cause cannot be found through the fault")
	}
	if got := (&fault.Error{Kind: fault.NotFound}).Unwrap(); got != nil {
		t.Errorf("a fault without cause unwraps to %v", got)
	}
}

// A fault stays the one it is, however deep it stands.
func TestOfFault(t *testing.T) {
	f := &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Second}
	for what, err := range map[string]error{
		"itself":  f,
		"wrapped": fmt.Errorf("a: %w", fmt.Errorf("b: %w", f)),
		"joined":  errors.Join(errors.New("other"), f),
		"equal":   &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Second},
	} {
		if diff := cmp.Diff(f, fault.Of(err)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", what, diff)
		}
	}
	if fault.Of(fmt.Errorf("a: %w", f)) != f {
		t.Error("a copy was made")
	}
}

// If a chain has two, the outer one counts: its maker knew more.
func TestOfTwoFaults(t *testing.T) {
	inner := &fault.Error{Kind: fault.UpstreamError}
	if got := fault.Of(fmt.Errorf("x: %w", &fault.Error{Kind: fault.CacheMiss, Cause: inner})).Kind; got != fault.CacheMiss {
		t.Errorf("got %s", got)
	}
}

// Anything else becomes an internal error, which reveals nothing to the caller and everything to the log.
func TestOfOthers(t *testing.T) {
	err := errors.New("dial tcp rocket.internal:443: password hunter2")
	got := fault.Of(err)
	if got.Kind != fault.Internal || got.Detail == "" || len(got.Params) != 0 || got.RetryAfter != 0 || got.Status != 0 {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(got.Detail, "rocket.internal") || strings.Contains(got.Detail, "hunter2") {
		t.Errorf("the detail is for the caller: %q", got.Detail)
	}
	if !errors.Is(got, err) || !strings.Contains(got.Error(), err.Error()) {
		t.Errorf("the log does not learn the cause: %s", got)
	}
}

// The texts are the last segments of the problem types' paths, which the contract fixes.
func TestKinds(t *testing.T) {
	contract := strings.Fields(`invalid-request unauthorized forbidden auth-unavailable not-found method-not-allowed not-acceptable
		cache-miss rate-limited upstream-rejected upstream-credentials upstream-error upstream-invalid-response upstream-unavailable
		upstream-timeout`)
	ours := []fault.Kind{
		fault.InvalidRequest, fault.Unauthorized, fault.Forbidden, fault.AuthUnavailable, fault.NotFound, fault.MethodNotAllowed,
		fault.NotAcceptable, fault.CacheMiss, fault.RateLimited, fault.UpstreamRejected, fault.UpstreamCredentials,
		fault.UpstreamError, fault.UpstreamInvalidResponse, fault.UpstreamUnavailable, fault.UpstreamTimeout,
	}
	var texts []string
	for _, k := range ours {
		texts = append(texts, string(k))
	}
	if diff := cmp.Diff(contract, texts); diff != "" {
		t.Errorf("-contract +ours:\n%s", diff)
	}
	for _, k := range append(ours, fault.URITooLong, fault.HeadersTooLarge, fault.Internal) {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$|^[a-z]+$`).MatchString(string(k)) {
			t.Errorf("%q is no plain segment of a path", k)
		}
	}
}
