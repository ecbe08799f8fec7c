package upstream

import (
	"sync"
	"time"
)

// A refused token may have been revoked, and then a login mends it; or what it asks is refused with any token, and then logins only
// do harm. What the token was good for before tells the two apart.
const (
	barTime      = time.Minute      // a path on which a new token did not help, while it serves others, causes no login for so long
	servingPause = 20 * time.Second // between logins that did not help, while the token serves others
	idlePause    = 12 * time.Second // the same, while it serves nobody: Rocket itself may have been unwell, and be well again
	causedLimit  = 20               // logins that refusals cause in a minute, whatever they are good for
)

// What becomes of a refused token.
const (
	dropped = "dropped" // nobody has it any more, and the next who needs one logs in
	renewed = "renewed" // there is, or will be, another one
	barred  = "barred"  // the path is refused with any token
	spent   = "spent"   // refusals have caused as many logins as they may
)

// record is what a token was good for.
type record struct {
	here     bool // on the path in question
	anywhere bool
}

// pause is between logins that did not help.
func (r record) pause() time.Duration {
	if r.anywhere {
		return servingPause
	}
	return idlePause
}

// refusals is what this process knows of refused tokens.
type refusals struct {
	now func() time.Time

	mu     sync.Mutex
	token  string               // guarded by mu: the one that the paths are of
	served map[string]bool      // guarded by mu: paths that it was good for; as many as Rocket has
	barred map[string]time.Time // guarded by mu: when a new token did not help on a path
	futile time.Time            // guarded by mu: when one did not help on any
	caused []time.Time          // guarded by mu: the latest logins that refusals have caused
}

func newRefusals(now func() time.Time) *refusals {
	return &refusals{now: now, served: map[string]bool{}, barred: map[string]time.Time{}}
}

// serve notes that a token was good for a path.
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

// bar notes that a new token did not help.
func (r *refusals) bar(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.futile = r.now()
	r.barred[path] = r.futile
}

// judge says what becomes of a token, and counts the login that follows where it is dropped. The look, the count and drop, which
// says whether the token was still there to be dropped, are one step: any number of requests that saw one refusal cause one login.
func (r *refusals) judge(path string, of record, drop func() bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	switch {
	case !of.here && of.anywhere && now.Sub(r.barred[path]) < barTime:
		return barred
	case !of.here && now.Sub(r.futile) < of.pause():
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
