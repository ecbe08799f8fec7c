package upstream

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// renewalPause is the time between two tries to renew a token that is still good.
const renewalPause = 5 * time.Second

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
		if t, ok := s.settled(); ok {
			return t, nil
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
			s.postpone()
			return nil, err
		}
		s.keep(t)
		return t, nil
	})
}

// settled gives the token where there is nothing to do: it is new, or its renewal has failed a moment ago.
func (s *source) settled() (token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	return s.current, now.Before(s.current.expires) && now.Before(s.renewal)
}

// keep makes t the token of all. The last fifth of its life, at most five minutes, is left for the renewal.
func (s *source) keep(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = t
	s.renewal = t.expires.Add(-min(5*time.Minute, t.expires.Sub(s.now())/5))
}

// postpone gives a renewal that failed some time before the next try.
func (s *source) postpone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewal = s.now().Add(renewalPause)
}
