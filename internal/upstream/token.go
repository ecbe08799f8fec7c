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

const (
	// A token is renewed ahead of its expiry: in the last tenth of its life, at most five minutes, and not by all replicas at once.
	renewalShare  = 10
	renewalLead   = 5 * time.Minute
	renewalJitter = 0.2

	// After a failed login comes a backoff that doubles with each failure, up to a longest one. Refused credentials do not mend
	// themselves, and many services lock an account that keeps trying.
	shortestBackoff       = 500 * time.Millisecond
	longestBackoff        = 5 * time.Second
	longestRefusedBackoff = time.Minute
)

// token is the result of a login: of this replica, or of another one, and then Expires alone is known of the Session.
type token struct {
	value  string
	sealed string // as the fleet shares it; empty if it does not
	Session
}

// tokenSource keeps one token for all requests of the process, and shares it with the other replicas if it has a store. Any number of
// requests that need a new one share one login, and no lock is held while it runs. It is safe for concurrent use.
type tokenSource struct {
	login    func(context.Context) (token, error)
	timeout  time.Duration // of one login
	now      func() time.Time
	random   func() float64 // from 0 to 1
	store    *tokenStore    // nil: the token is this process's alone
	once     *fleet.Once    // of the logins
	keys     fleet.Keys     // of once
	refusals refusals
	log      *slog.Logger // with the account

	calls singleflight.Group
	life  context.Context // ends with close
	end   context.CancelFunc

	mu       sync.Mutex
	current  token     // guarded by mu
	since    time.Time // guarded by mu: when it came
	renewal  time.Time // guarded by mu: from then on requests start a login in the background
	reported string    // guarded by mu: the message on a failed login that was logged last; "" after a success
}

// newTokenSource returns a source that logs in for this process, or for the fleet if it has a store.
func newTokenSource(
	login func(context.Context) (token, error), timeout time.Duration, now func() time.Time, store *tokenStore, log *slog.Logger,
) *tokenSource {
	s := &tokenSource{login: login, timeout: timeout, now: now, random: rand.Float64, store: store, log: log}
	s.refusals.barred = map[string]time.Time{}
	s.life, s.end = context.WithCancel(context.Background())
	var redis *fleet.Redis
	if store != nil {
		redis, s.keys = store.fleet, store.keys
	}
	s.once = fleet.NewOnce(redis, loginBackoff, now)
	return s
}

// loginBackoff returns how long no replica logs in after a failure, of count in a row: no less than Rocket asks for.
func loginBackoff(count int, f *fault.Error) time.Duration {
	longest := longestBackoff
	if f.Kind == fault.UpstreamCredentials {
		longest = longestRefusedBackoff
	}
	return max(min(shortestBackoff<<min(count-1, 10), longest), min(f.RetryAfter, longestRefusedBackoff))
}

// close ends a login under way and waits for it; none begins afterwards.
func (s *tokenSource) close() {
	s.end()
	<-s.calls.DoChan("", func() (any, error) { return nil, unreachable(s.life.Err()) })
}

// get returns a token that has not expired. Ahead of expiry it starts the renewal, and returns the old token meanwhile.
func (s *tokenSource) get(ctx context.Context) (token, error) {
	held, due := s.held()
	if !due {
		return held, nil
	}
	call := s.renew(ctx)
	if held.value != "" {
		return held, nil
	}
	select {
	case <-ctx.Done():
		return token{}, unreachable(ctx.Err())
	case result := <-call:
		renewed, _ := result.Val.(token)
		return renewed, result.Err
	}
}

// held returns the token, if it has one, and whether a login is due: not during the backoff after a failure.
func (s *tokenSource) held() (t token, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !now.Before(s.current.Expires) {
		return token{}, true
	}
	return s.current, !now.Before(s.renewal) && s.once.Failure(s.keys) == nil
}

// latest returns the token, if it was not refused, and when it came to this replica.
func (s *tokenSource) latest() (t token, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.since
}

// invalidate drops a token that was refused, unless another one has replaced it already.
func (s *tokenSource) invalidate(refused token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == refused.value {
		s.current = token{}
	}
}

// renew starts a login unless one is under way. It is detached from the request that needed it and has its own deadline. Between a
// request's check of the token and its start, the login of another may have ended, so the call checks again.
func (s *tokenSource) renew(ctx context.Context) <-chan singleflight.Result {
	return s.calls.DoChan("", func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // else it would end the process
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		held, due := s.held()
		if !due {
			return held, nil
		}
		if err := s.life.Err(); err != nil {
			return nil, unreachable(err)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
		defer cancel()
		defer context.AfterFunc(s.life, cancel)()
		return s.next(ctx, held)
	})
}

// next returns a token that this process does not hold yet: the fleet's, or that of a login.
func (s *tokenSource) next(ctx context.Context, held token) (token, error) {
	options := fleet.AcquireOptions{Keys: s.keys, Known: head(held.sealed)}
	for {
		outcome, err := s.once.Acquire(ctx, options)
		switch {
		case ctx.Err() != nil && outcome.Lease == nil:
			return token{}, unreachable(ctx.Err())
		case err != nil:
			s.report(err)
			return token{}, err
		case outcome.Lease != nil:
			return s.lead(ctx, outcome.Lease)
		}
		options.Known = outcome.Head
		switch t, err := s.store.load(ctx, s.now()); {
		case err != nil:
			s.log.Warn("shared token cannot be opened, logging in", "reason", err)
		case s.now().Before(t.Expires):
			s.keep(t)
			return t, nil
		}
	}
}

// lead logs in as the holder of the lease.
func (s *tokenSource) lead(ctx context.Context, l *fleet.Lease) (token, error) {
	after := context.WithoutCancel(ctx) // the login may use up its deadline
	defer l.Guard(after)
	t, err := s.login(ctx)
	switch {
	case err != nil && s.life.Err() != nil:
		l.Release(after, nil) // this replica ends: another one logs in, and shares no failure
		return token{}, err
	case err != nil:
		l.Fail(after, err)
		s.report(err)
		return token{}, err
	}
	var sealed string
	if s.store != nil {
		sealed = s.store.sealer.seal(t.value, s.store.account)
	}
	if stored, _ := l.Store(after, []byte(sealed), t.Expires.Sub(s.now()), ""); stored {
		t.sealed = sealed
	}
	s.keep(t)
	return t, nil
}

// keep makes t the current token.
func (s *tokenSource) keep(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lead := min(renewalLead, t.Expires.Sub(s.now())/renewalShare)
	s.current, s.since, s.refusals.served = t, s.now(), map[string]bool{}
	s.renewal = t.Expires.Add(-lead - time.Duration(renewalJitter*s.random()*float64(lead)))
	if s.reported != "" {
		s.log.Info("login succeeds again")
	}
	s.reported = ""
}

// report logs a failed login, once for each kind.
func (s *tokenSource) report(err error) {
	f := fault.Of(err)
	level, message, attributes := slog.LevelWarn, "login failed", []any{"error", f}
	if f.Kind == fault.UpstreamCredentials {
		level, message, attributes = slog.LevelError, "login refused by Rocket", []any{"reason", f.Detail, "status", f.Status}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reported != message {
		s.reported = message
		s.log.Log(context.Background(), level, message, attributes...)
	}
}
