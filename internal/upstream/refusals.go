package upstream

import (
	"context"
	"time"
)

// A refused token may have been revoked, and a login mends it; or the path is refused with any token, and logins only do harm. What the
// token was good for before distinguishes the two.
const (
	barTime         = time.Minute      // a path on which a new token did not help, while it serves others, causes no login for so long
	servingCooldown = 20 * time.Second // between logins that did not help, while the token serves other paths
	idleCooldown    = 12 * time.Second // the same, while it serves none: Rocket itself may have failed, and have recovered
	causedLimit     = 20               // logins that refusals cause in a minute, whatever the token is good for
)

// The verdicts on a refused token.
const (
	dropped = "dropped" // no replica has it any more, and the next request that needs one logs in
	renewed = "renewed" // another one has replaced it, or will
	barred  = "barred"  // the path is refused with any token
	spent   = "spent"   // refusals have caused as many logins as they may
)

// refusals are what this process knows of refused tokens. The token source's mu guards them.
type refusals struct {
	served map[string]bool      // paths that the current token was good for; as many as Rocket has
	barred map[string]time.Time // when a new token did not help on a path
	futile time.Time            // when one did not help on any
	caused []time.Time          // the latest logins that refusals have caused
}

// record is what a token was good for.
type record struct {
	here     bool // on this path
	anywhere bool
}

// cooldown returns the time between logins that did not help.
func (r record) cooldown() time.Duration {
	if r.anywhere {
		return servingCooldown
	}
	return idleCooldown
}

// accept records that a token was good for a path.
func (s *tokenSource) accept(path string, t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == t.value {
		s.refusals.served[path] = true
	}
}

// refuse returns the verdict on a token that Rocket refused on a path, and drops it if need be: for the fleet if the token is shared,
// else for this process.
func (s *tokenSource) refuse(ctx context.Context, path string, refused token) (verdict string) {
	s.mu.Lock()
	held, r := s.current.value == refused.value, record{s.refusals.served[path], len(s.refusals.served) > 0}
	s.mu.Unlock()
	if !held {
		return renewed
	}
	if s.store == nil || refused.sealed == "" {
		return s.judge(path, refused, r)
	}
	verdict, err := s.store.refuse(ctx, path, refused, r)
	if err != nil {
		return s.judge(path, refused, r)
	}
	if verdict == dropped || verdict == renewed {
		s.invalidate(refused)
	}
	return verdict
}

// judge is refuse for this process alone. It counts the login that follows if the token is dropped, in one step: any number of requests
// that were refused together cause one login.
func (s *tokenSource) judge(path string, refused token, of record) (verdict string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, now := &s.refusals, s.now()
	switch {
	case !of.here && of.anywhere && now.Sub(r.barred[path]) < barTime:
		return barred
	case !of.here && now.Sub(r.futile) < of.cooldown():
		return spent
	case len(r.caused) == causedLimit && now.Sub(r.caused[0]) < time.Minute:
		return spent
	case s.current.value != refused.value:
		return renewed
	}
	s.current = token{}
	r.caused = append(r.caused, now)
	r.caused = r.caused[max(0, len(r.caused)-causedLimit):]
	return dropped
}

// bar records that a new token did not help on a path, so that refusals of the path cause no logins for a while.
func (s *tokenSource) bar(ctx context.Context, path string) {
	s.mu.Lock()
	s.refusals.futile = s.now()
	s.refusals.barred[path] = s.refusals.futile
	s.mu.Unlock()
	if s.store != nil {
		s.store.bar(context.WithoutCancel(ctx), path)
	}
}
