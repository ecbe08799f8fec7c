package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// readScope is what a token needs for the API.
const readScope = "usage:read"

// Verifier says who sent a request. The error is a *fault.Error, or the context's.
type Verifier interface {
	Verify(ctx context.Context, authorization []string) (*auth.Caller, error)
}

// AllowAll is the Verifier of AUTH_MODE=none: every request has one and the same caller, which may do everything.
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

// authenticate passes on the requests of callers that may use the API.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return s.handler(func(w http.ResponseWriter, r *http.Request) error {
		caller, err := s.Auth.Verify(r.Context(), r.Header["Authorization"])
		if err != nil {
			return err
		}
		stateOf(r.Context()).caller = caller // of a token without the scope too: the audit names it
		if !caller.HasScope(readScope) {
			return auth.InsufficientScope(readScope, "the API")
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

var errNoCaller = errors.New("the request has no caller: authenticate has not run, or its context was lost")

// callerOf returns the caller of the request. Without one, which is a fault in the chain, it returns an error: a missing caller never
// means access.
func (s *Server) callerOf(r *http.Request) (*auth.Caller, error) {
	x := stateOf(r.Context())
	if x.caller == nil {
		s.Log.Error("request without a caller refused", "request_id", x.id, "error", errNoCaller)
		return nil, errNoCaller
	}
	return x.caller, nil
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

// narrow makes the query one that the caller may ask, complete and with its account, and returns the cut that the response needs.
// If the profiles refuse the query, it stays as it was.
func (s *Server) narrow(q *query.Query, caller *auth.Caller) (tenancy.RowFilter, error) {
	narrowed, cut, err := profiles(caller).Narrow(*q)
	if err != nil {
		return tenancy.RowFilter{}, err
	}
	*q = narrowed
	var ok bool
	if q.Account, ok = s.Account(q, caller.Claim); !ok {
		return tenancy.RowFilter{}, &fault.Error{
			Kind: fault.Forbidden, Detail: "No service account of this gateway asks Rocket such questions for you. Ask its operator for one.",
		}
	}
	return cut, nil
}

// profiles returns what the verifier made of the token's claim. No profiles grant nothing.
func profiles(caller *auth.Caller) tenancy.Profiles {
	p, _ := caller.Grants.(tenancy.Profiles)
	return p
}
