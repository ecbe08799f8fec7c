package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// readScope is what a token needs for the API.
const readScope = "usage:read"

// Verifier returns the caller of a request with these Authorization fields. The error is a *fault.Error, or the context's.
type Verifier interface {
	Verify(ctx context.Context, authorization []string) (*auth.Caller, error)
}

// AllowAll is the Verifier of AUTH_MODE=none: all requests have the same caller, with full access.
type AllowAll struct{}

// unrestricted is the only caller that has full access without a token.
var unrestricted = &auth.Caller{
	Scopes: []string{readScope},
	Grants: tenancy.Parse([]byte(`[
		{"provider":"azure","resource_type":"distributors","resources":["*"]},
		{"provider":"aws","resource_type":"distributors","resources":["*"]},
		{"provider":"gcp","resource_type":"distributors","resources":["*"]}]`)),
}

// Verify returns the caller with full access.
func (AllowAll) Verify(context.Context, []string) (*auth.Caller, error) { return unrestricted, nil }

// authenticate puts the caller into the request's state. It refuses callers that may not use the API.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return s.problems.handle(func(w http.ResponseWriter, r *http.Request) error {
		caller, err := s.Auth.Verify(r.Context(), r.Header["Authorization"])
		if err != nil {
			return err
		}
		stateOf(r.Context()).caller = caller // also without the scope: the audit names the caller
		if !caller.HasScope(readScope) {
			return auth.InsufficientScope(readScope, "the API")
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

var errNoCaller = errors.New("the request has no caller: authenticate has not run, or its context was lost")

// withCaller returns an operation that calls h with the caller of the request. Without one, which is a fault in the chain, it fails: a
// missing caller never means access.
func (s *Server) withCaller(h func(http.ResponseWriter, *http.Request, *auth.Caller) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		x := stateOf(r.Context())
		if x.caller == nil {
			s.Log.Error("request without a caller refused", "request_id", x.id, "error", errNoCaller)
			return errNoCaller
		}
		return h(w, r, x.caller)
	}
}

// profiles returns what the verifier made of the token's claim. No profiles grant nothing.
func profiles(caller *auth.Caller) tenancy.Profiles {
	p, _ := caller.Grants.(tenancy.Profiles)
	return p
}

// identity returns what the caller's requests are counted by: that of its token, or the address if there are no tokens.
func identity(r *http.Request, caller *auth.Caller) string {
	if caller.Identified() {
		return caller.ID()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// limit counts every request of a caller against RATE_LIMIT. One that costs more than the whole limit is granted if that is available.
func (s *Server) limit(next http.Handler) http.Handler {
	if s.Rate == nil {
		return next
	}
	return s.problems.handle(s.withCaller(func(w http.ResponseWriter, r *http.Request, caller *auth.Caller) error {
		cost := min(costOf(r, s.Now()), s.Rate.Limit.Requests)
		state, ok := s.Rate.Take(r.Context(), identity(r, caller), cost)
		switch {
		case !ok && cost > 1:
			return tooMany(state, "You send more requests than this gateway allows. This trend counts as "+strconv.Itoa(cost)+" requests.")
		case !ok:
			return tooMany(state, "You send more requests than this gateway allows.")
		}
		setRateLimit(w.Header(), state)
		next.ServeHTTP(w, r)
		return nil
	}))
}

// monthsPerRequest is how many months of a trend count as one request of RATE_LIMIT.
const monthsPerRequest = 4

// costOf returns as how many requests this one counts. One that is not valid counts as one.
func costOf(r *http.Request, now time.Time) int {
	if !strings.HasSuffix(routedPath(r), "/"+query.Trend.Name) {
		return 1
	}
	q, err := query.Parse(query.Trend, query.Azure, r.URL.RawQuery, now)
	if err != nil {
		return 1
	}
	return (len(q.Periods) + monthsPerRequest - 1) / monthsPerRequest
}

// admission counts the fetches for a request against UPSTREAM_QUOTA.
type admission struct {
	quota  *ratelimit.Limiter
	caller string
	state  atomic.Pointer[ratelimit.Status] // after the last fetch that was counted; nil if none was
}

// newAdmission returns nil without a quota.
func newAdmission(quota *ratelimit.Limiter, r *http.Request, caller *auth.Caller) *admission {
	if quota == nil {
		return nil
	}
	return &admission{quota: quota, caller: identity(r, caller)}
}

// admit is called by the cache once for each fetch, which may outlive the request.
func (a *admission) admit(ctx context.Context) error {
	state, ok := a.quota.Take(ctx, a.caller, 1)
	if !ok {
		return tooMany(state, "Your requests reach Rocket more often than this gateway allows; cached responses are free.")
	}
	for old := a.state.Load(); old == nil || state.Remaining < old.Remaining; old = a.state.Load() {
		if a.state.CompareAndSwap(old, &state) {
			break
		}
	}
	return nil
}

// setRateLimit sets the fields of a fetch that was counted.
func (a *admission) setRateLimit(h http.Header) {
	if state := a.state.Load(); state != nil {
		setRateLimit(h, *state)
	}
}

// exhausted is the state of a limit that has nothing left.
type exhausted struct{ ratelimit.Status }

func (e exhausted) Error() string { return e.Name + " are used up" }

func tooMany(state ratelimit.Status, detail string) error {
	return &fault.Error{Kind: fault.RateLimited, Detail: detail, RetryAfter: state.Next, Cause: exhausted{state}}
}

// setRateLimit sets the fields of the IETF's draft on rate limits.
func setRateLimit(h http.Header, state ratelimit.Status) {
	h.Add("RateLimit-Policy", state.Policy())
	h.Add("RateLimit", state.String())
}
