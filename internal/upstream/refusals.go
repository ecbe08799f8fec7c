package upstream

import (
	"context"
	"sync"
	"time"
)

// A refused token may have been revoked, and a login mends it; or the path is refused with any token, and logins only do harm. What the
// token was good for before tells the two apart.
const (
	barTime         = time.Minute      // a path on which a new token did not help, while it serves others, causes no login for so long
	servingCooldown = 20 * time.Second // between logins that did not help, while the token serves other paths
	idleCooldown    = 12 * time.Second // the same, while it serves none: Rocket itself may have been unwell, and be well again
	causedLimit     = 20               // logins that refusals cause in a minute, whatever the token is good for
)

// The verdicts on a refused token.
const (
	dropped = "dropped" // no replica has it any more, and the next request that needs one logs in
	renewed = "renewed" // there is, or will be, another one
	barred  = "barred"  // the path is refused with any token
	spent   = "spent"   // refusals have caused as many logins as they may
)

// record is what a token was good for.
type record struct {
	here     bool // on the path in question
	anywhere bool
}

// cooldown returns the time between logins that did not help.
func (r record) cooldown() time.Duration {
	if r.anywhere {
		return servingCooldown
	}
	return idleCooldown
}

// refuse returns the verdict on a token that Rocket refused on a path, and drops it if need be: for the fleet if the token is shared,
// else for this process.
func (s *tokenSource) refuse(ctx context.Context, path string, refused token) (verdict string) {
	if !s.holds(refused) {
		return renewed
	}
	r := s.refusals.recordOf(path, refused)
	if s.store != nil && refused.sealed != "" {
		if verdict, err := s.store.refuse(ctx, path, refused, r); err == nil {
			if verdict == dropped || verdict == renewed {
				s.invalidate(refused)
			}
			return verdict
		}
	}
	return s.refusals.judge(path, r, func() bool { return s.invalidate(refused) })
}

// bar records that a new token did not help on a path, so that refusals of the path cause no logins for a while.
func (s *tokenSource) bar(ctx context.Context, path string) {
	s.refusals.bar(path)
	if s.store != nil {
		s.store.bar(context.WithoutCancel(ctx), path)
	}
}

// refusals are what this process knows of refused tokens.
type refusals struct {
	now func() time.Time

	mu     sync.Mutex
	token  string               // guarded by mu: the one that served the paths
	served map[string]bool      // guarded by mu: paths that it was good for; as many as Rocket has
	barred map[string]time.Time // guarded by mu: when a new token did not help on a path
	futile time.Time            // guarded by mu: when one did not help on any
	caused []time.Time          // guarded by mu: the latest logins that refusals have caused
}

func newRefusals(now func() time.Time) *refusals {
	return &refusals{now: now, served: map[string]bool{}, barred: map[string]time.Time{}}
}

// serve records that a token was good for a path.
func (r *refusals) serve(path string, t token) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token != t.value {
		r.token, r.served = t.value, map[string]bool{}
	}
	r.served[path] = true
}

func (r *refusals) recordOf(path string, t token) record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token != t.value {
		return record{}
	}
	return record{here: r.served[path], anywhere: len(r.served) > 0}
}

func (r *refusals) bar(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.futile = r.now()
	r.barred[path] = r.futile
}

// judge returns the verdict on a token, and counts the login that follows if it is dropped. The look, the count and drop, which reports
// whether the token was still there to be dropped, are one step: any number of requests that were refused together cause one login.
func (r *refusals) judge(path string, of record, drop func() bool) (verdict string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	switch {
	case !of.here && of.anywhere && now.Sub(r.barred[path]) < barTime:
		return barred
	case !of.here && now.Sub(r.futile) < of.cooldown():
		return spent
	case len(r.caused) == causedLimit && now.Sub(r.caused[0]) < time.Minute:
		return spent
	case !drop():
		return renewed
	}
	r.caused = append(r.caused, now)
	r.caused = r.caused[max(0, len(r.caused)-causedLimit):]
	return dropped
}
