package upstream

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

// token is what a login gave.
type token struct {
	value   string
	expires time.Time // by our clock
	sealed  string    // as the fleet shares it; empty where it does not

	sent, date time.Time // of the login that gave it: when it began by our clock, and the reply's Date; zero where another did
}

// A token is renewed ahead of its expiry: in the last tenth of its life, at most five minutes, and not by all replicas at once.
const (
	renewalShare  = 10
	renewalLead   = 5 * time.Minute
	renewalJitter = 0.2
)

// source keeps one token for all requests of the process, and shares it with the other replicas where there is a vault. Any
// number of requests that need a new one share one login, and no lock is held while it runs.
type source struct {
	login   func(context.Context) (token, error)
	timeout time.Duration // of one login
	now     func() time.Time
	random  func() float64 // from 0 to 1
	vault   *vault         // nil: the token is this process's alone
	once    *fleet.Once    // of the logins
	keys    fleet.Keys     // of once
	log     *slog.Logger   // knows the account

	flight  singleflight.Group
	running sync.WaitGroup  // the logins, for close
	life    context.Context // ends with close
	end     context.CancelFunc

	mu      sync.Mutex
	current token     // guarded by mu
	since   time.Time // guarded by mu: when it came
	renewal time.Time // guarded by mu: from then on a new token is fetched behind the requests
	failing failing   // guarded by mu
}

// newSource returns one that logs in for this process, or for the fleet if there is a vault.
func newSource(
	login func(context.Context) (token, error), timeout time.Duration, now func() time.Time, v *vault, log *slog.Logger,
) *source {
	life, end := context.WithCancel(context.Background())
	s := &source{login: login, timeout: timeout, now: now, random: rand.Float64, vault: v, log: log, life: life, end: end}
	var redis *fleet.Redis
	if v != nil {
		redis, s.keys = v.fleet, v.keys
	}
	s.once = fleet.NewOnce(redis, loginBackoff, now)
	return s
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
	held, due := s.held()
	switch {
	case held.value == "":
		return s.renew(ctx)
	case due:
		s.start(ctx)
	}
	return held, nil
}

// invalidate drops the token that was refused, and says whether it was there: another may have replaced it already.
func (s *source) invalidate(refused token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value != refused.value {
		return false
	}
	s.current = token{}
	return true
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
	return s.flight.DoChan("", func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // the flight's goroutine is nobody's who could survive it
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		held, due := s.held()
		if !due {
			return held, nil
		}
		if err := s.begin(); err != nil {
			return nil, err
		}
		defer s.running.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
		defer cancel()
		defer context.AfterFunc(s.life, cancel)()
		return s.next(ctx, held)
	})
}

// held returns the token that there is, if any, and whether a login is due: not if one has failed a moment ago.
func (s *source) held() (t token, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !now.Before(s.current.expires) {
		return token{}, true
	}
	return s.current, !now.Before(s.renewal) && s.once.Failure(s.keys) == nil
}

// next returns a token that this process does not hold yet: the fleet's, or one that it logs in for.
func (s *source) next(ctx context.Context, held token) (token, error) {
	claim := fleet.AcquireOptions{Keys: s.keys, Known: head(held.sealed)}
	for {
		turn, err := s.once.Acquire(ctx, claim)
		switch {
		case ctx.Err() != nil && turn.Lease == nil:
			return token{}, unreachable(ctx.Err())
		case err != nil:
			s.fail(err)
			return token{}, err
		case turn.Lease != nil:
			return s.lead(ctx, turn.Lease)
		}
		claim.Known = turn.Head
		switch t, err := s.vault.load(ctx, s.now()); {
		case err != nil:
			s.log.Warn("the shared token cannot be opened; a login replaces it", "reason", err)
		case s.now().Before(t.expires):
			s.keep(t)
			return t, nil
		}
	}
}

// lead logs in as the holder of the lease.
func (s *source) lead(ctx context.Context, l *fleet.Lease) (token, error) {
	after := context.WithoutCancel(ctx) // the login may use up its deadline
	defer l.Guard(after)
	t, err := s.login(ctx)
	switch {
	case err != nil && s.life.Err() != nil:
		l.Release(after, nil) // this replica ends: another logs in, and has no failure to heed
		return token{}, err
	case err != nil:
		l.Fail(after, err)
		s.fail(err)
		return token{}, err
	}
	sealed := s.vault.shut(t.value)
	switch stored, err := l.Store(after, []byte(sealed), t.expires.Sub(s.now()), ""); {
	case err != nil:
		l.ReleaseUnshared(after)
	case stored:
		t.sealed = sealed
	}
	s.keep(t)
	return t, nil
}

// keep makes t the token of all.
func (s *source) keep(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lead := min(renewalLead, t.expires.Sub(s.now())/renewalShare)
	s.current, s.since = t, s.now()
	s.renewal = t.expires.Add(-lead - time.Duration(renewalJitter*s.random()*float64(lead)))
	if s.failing.logged {
		s.log.Info("logging in to Rocket works again")
	}
	s.failing = failing{}
}

// fail logs a failure, once for each kind.
func (s *source) fail(failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing.log(s.log, fault.Of(failure))
}
