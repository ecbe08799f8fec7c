package handlers

import (
	"context"
	"net"
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
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

// authenticate lets through whoever has a token for the API; without a verifier, everybody.
func (s *Server) authenticate(next http.Handler) http.Handler {
	if s.Auth == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := s.Auth.Verify(r.Context(), r.Header["Authorization"])
		if err == nil && !caller.May(readScope) {
			err = &fault.Error{
				Kind: fault.Forbidden, Detail: "The token lacks the scope " + readScope + ", which the API asks for.",
				Challenge: fault.ChallengeInsufficientScope, Scope: readScope,
			}
		}
		if err != nil {
			s.fail(w, r, cache.Status{}, err)
			return
		}
		noteCaller(w, caller)
		next.ServeHTTP(w, r)
	})
}

// identity is what a caller's requests are counted by: the token's subject, or the address where there are no tokens.
func identity(r *http.Request, caller *auth.Caller) string {
	if caller != nil {
		return caller.ID()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// narrow makes the question one that the caller may ask, complete and with the account that asks it, and gives the cut that the
// answer needs.
func (s *Server) narrow(q query.Query, caller *auth.Caller) (query.Query, tenancy.Cut, error) {
	var cut tenancy.Cut
	var claim func(string) []string
	if caller == nil {
		q = q.Complete()
	} else {
		var err error
		if q, cut, err = profiles(caller).Narrow(q); err != nil {
			return query.Query{}, tenancy.Cut{}, err
		}
		claim = caller.Claim
	}
	account, ok := s.Account(&q, claim)
	if !ok {
		return query.Query{}, tenancy.Cut{}, &fault.Error{
			Kind: fault.Forbidden, Detail: "No service account of this gateway asks Rocket such questions for you. Ask its operator for one.",
		}
	}
	q.Account = account
	return q, cut, nil
}

// profiles are what the verifier made of the token's claim; no profiles grant nothing.
func profiles(caller *auth.Caller) tenancy.Profiles {
	p, _ := caller.Reach.(tenancy.Profiles)
	return p
}
