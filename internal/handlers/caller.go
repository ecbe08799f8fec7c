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
		if err == nil {
			noteCaller(w, caller) // of a token without the scope too: it is known who tried
			if !caller.May(readScope) {
				err = auth.Lacks(readScope, "the API")
			}
		}
		if err != nil {
			s.fail(w, r, cache.Status{}, err)
			return
		}
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
// answer needs. A question that is refused for what it asks stays as it was.
func (s *Server) narrow(q *query.Query, caller *auth.Caller) (cut tenancy.Cut, _ error) {
	var claim func(string) []string
	if caller == nil {
		*q = q.Complete()
	} else {
		narrowed, needed, err := profiles(caller).Narrow(*q)
		if err != nil {
			return tenancy.Cut{}, err
		}
		*q, cut, claim = narrowed, needed, caller.Claim
	}
	var ok bool
	if q.Account, ok = s.Account(q, claim); !ok {
		return tenancy.Cut{}, &fault.Error{
			Kind: fault.Forbidden, Detail: "No service account of this gateway asks Rocket such questions for you. Ask its operator for one.",
		}
	}
	return cut, nil
}

// profiles are what the verifier made of the token's claim; no profiles grant nothing.
func profiles(caller *auth.Caller) tenancy.Profiles {
	p, _ := caller.Reach.(tenancy.Profiles)
	return p
}
