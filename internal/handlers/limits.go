package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
)

// limit counts every request of a caller against RATE_LIMIT.
func (s *Server) limit(next http.Handler) http.Handler {
	if s.Rate == nil {
		return next
	}
	return s.handler(func(w http.ResponseWriter, r *http.Request) error {
		caller, err := s.callerOf(r)
		if err != nil {
			return err
		}
		standing, ok := s.Rate.Take(r.Context(), identity(r, caller))
		if !ok {
			return tooMany(standing, "You ask more often than this gateway allows.")
		}
		tellStanding(w.Header(), standing)
		next.ServeHTTP(w, r)
		return nil
	})
}

// admission counts what reaches Rocket on a caller's account against UPSTREAM_QUOTA. The cache asks it once for a fetch, which
// may go on behind the request; so only a refusal is told in the headers.
func (s *Server) admission(r *http.Request, caller *auth.Caller) func(context.Context) error {
	if s.Quota == nil {
		return nil
	}
	who := identity(r, caller)
	return func(ctx context.Context) error {
		if standing, ok := s.Quota.Take(ctx, who); !ok {
			return tooMany(standing, "You have Rocket asked more often than this gateway allows; what is cached is free.")
		}
		return nil
	}
}

// exhausted is the standing of a caller who has nothing left.
type exhausted struct{ ratelimit.Status }

func (e exhausted) Error() string { return e.Name + " are used up" }

func tooMany(standing ratelimit.Status, detail string) error {
	return &fault.Error{Kind: fault.RateLimited, Detail: detail, RetryAfter: standing.Next, Cause: exhausted{standing}}
}

// tellExhausted tells which limit a failure comes from, if it does.
func tellExhausted(h http.Header, err error) {
	var e exhausted
	if errors.As(err, &e) {
		tellStanding(h, e.Status)
	}
}

// tellStanding sets the fields of the IETF's draft on rate limits.
func tellStanding(h http.Header, standing ratelimit.Status) {
	h.Add("RateLimit-Policy", standing.Policy())
	h.Add("RateLimit", standing.String())
}
