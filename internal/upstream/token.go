package upstream

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// After a login that failed there is none for a while: the pause doubles with each failure, up to a longest one. Refused
// credentials do not mend themselves, and many services lock an account that keeps trying.
const (
	shortestPause       = 500 * time.Millisecond
	longestPause        = 5 * time.Second
	longestRefusedPause = time.Minute
)

// token is what a login gave.
type token struct {
	value   string
	expires time.Time
}

// source keeps one token for all requests of the process. Any number of requests that need a new one share one login, and
// no lock is held while it runs.
type source struct {
	login   func(context.Context) (token, error)
	timeout time.Duration // of one login
	now     func() time.Time

	flight  singleflight.Group
	running sync.WaitGroup  // the logins, for close
	life    context.Context // ends with close
	end     context.CancelFunc

	mu      sync.Mutex
	current token     // guarded by mu
	renewal time.Time // guarded by mu: from then on a new token is fetched behind the requests

	failures int       // guarded by mu: logins that failed in a row
	failure  error     // guarded by mu: the last of them
	retry    time.Time // guarded by mu: until then it is the answer to all who need a login
}

func newSource(login func(context.Context) (token, error), timeout time.Duration, now func() time.Time) *source {
	life, end := context.WithCancel(context.Background())
	return &source{login: login, timeout: timeout, now: now, life: life, end: end}
}

// close ends a login under way and waits for it; none begins afterwards.
func (s *source) close() {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	s.running.Wait()
}

// begin says whether a login may still run, which close then waits for.
func (s *source) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.life.Err(); err != nil {
		return unreachable(err)
	}
	s.running.Add(1)
	return nil
}

// get gives a token that has not expired. Ahead of expiry it starts the renewal, and gives the old one meanwhile.
func (s *source) get(ctx context.Context) (token, error) {
	s.mu.Lock()
	current, renewal := s.current, s.renewal
	s.mu.Unlock()
	now := s.now()
	if !now.Before(current.expires) {
		return s.renew(ctx)
	}
	if !now.Before(renewal) {
		s.start(ctx)
	}
	return current, nil
}

// invalidate drops the token that was refused, unless another has replaced it already.
func (s *source) invalidate(refused token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == refused.value {
		s.current = token{}
	}
}

// holds says whether t is the token of all.
func (s *source) holds(t token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.value == t.value
}

// renew waits for a login, started here if none is under way.
func (s *source) renew(ctx context.Context) (token, error) {
	select {
	case <-ctx.Done():
		return token{}, unreachable(ctx.Err())
	case done := <-s.start(ctx):
		if done.Err != nil {
			return token{}, done.Err
		}
		return done.Val.(token), nil
	}
}

// start makes sure that a login is under way. It is detached from the request that needed it and has its own deadline. Between
// a request's look at the token and its start, the login of another may have ended, so the flight looks again.
func (s *source) start(ctx context.Context) <-chan singleflight.Result {
	return s.flight.DoChan("", func() (any, error) {
		if t, ok, err := s.settled(); ok {
			return t, err
		}
		if err := s.begin(); err != nil {
			return nil, err
		}
		defer s.running.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
		defer cancel()
		defer context.AfterFunc(s.life, cancel)()
		t, err := s.login(ctx)
		if err != nil {
			s.postpone(err)
			return nil, err
		}
		s.keep(t)
		return t, nil
	})
}

// settled gives what there is where no login is due: a token that is new, or whose renewal has failed a moment ago, or else
// the failure of a moment ago.
func (s *source) settled() (t token, ok bool, failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	switch {
	case now.Before(s.current.expires):
		return s.current, now.Before(s.renewal), nil
	case now.Before(s.retry):
		return token{}, true, s.failure
	default:
		return token{}, false, nil
	}
}

// keep makes t the token of all. The last fifth of its life, at most five minutes, is left for the renewal.
func (s *source) keep(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = t
	s.renewal = t.expires.Add(-min(5*time.Minute, t.expires.Sub(s.now())/5))
	s.failures, s.failure, s.retry = 0, nil, time.Time{}
}

// postpone notes a failure and gives the next try some time.
func (s *source) postpone(failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	longest := longestPause
	f := fault.Of(failure)
	if f.Kind == fault.UpstreamCredentials {
		longest = longestRefusedPause
	}
	pause := min(shortestPause<<min(s.failures, 10), longest)
	s.failures++
	s.failure = failure
	s.retry = s.now().Add(max(pause, min(f.RetryAfter, longestRefusedPause)))
	s.renewal = s.retry
}
