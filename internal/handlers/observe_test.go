package handlers_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// verdict is what a verifier says of every request.
type verdict struct {
	caller *auth.Caller
	err    error
}

func (v verdict) Verify(context.Context, []string) (*auth.Caller, error) { return v.caller, v.err }

// wantObserved checks what metrics are told of the latest request.
func wantObserved(t *testing.T, a *api, want handlers.Request) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if diff := cmp.Diff(want, a.seen[len(a.seen)-1], cmpopts.IgnoreFields(handlers.Request{}, "Took")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const usagesRoute = "/v1/{provider}/usages"

func TestObservedAnswers(t *testing.T) {
	a := newAPI(t)
	a.get(usages)
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 200, Cache: "miss"})
	a.get(usages)
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 200, Cache: "hit-memory"})
	a.pass(6 * time.Minute)
	a.get(usages, "Cache-Control", "only-if-cached")
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 200, Cache: "stale", Stale: cache.StaleOnlyIfCached})
	a.get(usages)
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 200, Cache: "expired"})
	a.pass(6 * time.Minute)
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 503})
	a.get(usages)
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 200, Cache: "stale", Stale: cache.StaleError})
	a.get(usages)
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 200, Cache: "stale", Stale: cache.StalePaused})
}

func TestObservedProblems(t *testing.T) {
	a := newAPI(t)
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 503})
	a.get(usages)
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 502, Cache: "miss", Problem: fault.UpstreamError})
	a.get(usages, "Cache-Control", "only-if-cached")
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 504, Cache: "none", Problem: fault.CacheMiss})
	a.get(usages + "&x=1")
	wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: 400, Cache: "none", Problem: fault.InvalidRequest})
	a.get("/no/such/path/c-1234")
	wantObserved(t, a, handlers.Request{Route: "unmatched", Status: 404, Cache: "none", Problem: fault.NotFound})
	for _, kind := range []fault.Kind{fault.UpstreamError, fault.CacheMiss, fault.InvalidRequest, fault.NotFound} {
		if !slices.Contains(handlers.Problems(), kind) {
			t.Errorf("%s is not among the problems", kind)
		}
	}
}

func TestObservedRefusals(t *testing.T) {
	reader := &auth.Caller{Scopes: []string{"usage:read"}}
	unknown := func(reason string) verdict {
		return verdict{err: &fault.Error{Kind: fault.Unauthorized, Reason: reason}}
	}
	for want, tt := range map[string]struct {
		says    verdict
		status  int
		problem fault.Kind
	}{
		"no-token": {unknown("no-token"), 401, fault.Unauthorized},
		"expired":  {unknown("expired"), 401, fault.Unauthorized},
		"no-keys":  {verdict{err: &fault.Error{Kind: fault.AuthUnavailable, Reason: "no-keys"}}, 503, fault.AuthUnavailable},
		"scope":    {verdict{caller: &auth.Caller{}}, 403, fault.Forbidden},
		"reach":    {verdict{caller: reader}, 403, fault.Forbidden},
	} {
		a := newAPI(t, func(o *handlers.Options) { o.Auth = tt.says })
		a.get(usages)
		wantObserved(t, a, handlers.Request{Route: usagesRoute, Status: tt.status, Cache: "none", Problem: tt.problem, Refusal: want})
		if !slices.Contains(handlers.Refusals(), want) {
			t.Errorf("%s is not among the refusals", want)
		}
	}
}
