package upstream

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The clock of these tests is that of the bubble: it moves only when all wait, so every duration below is exact.

var errDown = errors.New("Rocket is down")

// fakeLogin takes as long as the test wants and then succeeds, or fails. It ends a second after its context.
type fakeLogin struct {
	took, lifetime time.Duration
	down           atomic.Bool
	begun, ended   atomic.Int32
}

func (l *fakeLogin) run(ctx context.Context) (token, error) {
	n := l.begun.Add(1)
	defer l.ended.Add(1)
	select {
	case <-time.After(l.took):
	case <-ctx.Done():
		time.Sleep(time.Second)
		return token{}, unreachable(ctx.Err())
	}
	if l.down.Load() {
		return token{}, errDown
	}
	return token{value: "token-" + strconv.Itoa(int(n)), Session: Session{Expires: time.Now().Add(l.lifetime)}}, nil
}

func (l *fakeLogin) source() *tokenSource {
	s := newTokenSource(l.run, 30*time.Second, time.Now, nil, slog.New(slog.DiscardHandler))
	s.random = func() float64 { return 0 }
	return s
}

// inBubble runs a test with its own clock and a login of ten seconds, whose tokens last an hour.
func inBubble(t *testing.T, test func(t *testing.T, l *fakeLogin, s *tokenSource)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &fakeLogin{took: 10 * time.Second, lifetime: time.Hour}
		s := l.source()
		defer s.close()
		test(t, l, s)
	})
}

// want gets a token and checks which one comes, and after which time.
func (s *tokenSource) want(t *testing.T, value string, after time.Duration) {
	t.Helper()
	begun := time.Now()
	got, err := s.get(t.Context())
	if err != nil || got.value != value || time.Since(begun) != after {
		t.Errorf("got %q, %v after %s, want %q after %s", got.value, err, time.Since(begun), value, after)
	}
}

// want checks the number of logins so far, once all goroutines rest.
func (l *fakeLogin) want(t *testing.T, logins int32) {
	t.Helper()
	synctest.Wait()
	if n := l.begun.Load(); n != logins {
		t.Errorf("%d logins, want %d", n, logins)
	}
}

// A fault in the login fails the queries that need it, and not the process.
func TestAPanicInTheLoginIsAFailure(t *testing.T) {
	var l fakeLogin
	s := l.source()
	defer s.close()
	s.login = func(context.Context) (token, error) { panic("boom") }
	for range 2 {
		if _, err := s.get(t.Context()); err == nil || !strings.Contains(err.Error(), "panic: boom") {
			t.Errorf("got %v", err)
		}
	}
	s.login, l.lifetime = l.run, time.Hour
	if got, err := s.get(t.Context()); err != nil || got.value != "token-1" {
		t.Errorf("afterwards there is %q, %v", got.value, err)
	}
}

func TestConcurrentQueriesShareOneLogin(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { s.want(t, "token-1", 10*time.Second) })
		}
		all.Wait()
		l.want(t, 1)
	})
}

func TestExpiredTokenWaitsForTheLogin(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		s.want(t, "token-1", 10*time.Second)
		time.Sleep(time.Hour)
		s.want(t, "token-2", 10*time.Second)
		l.want(t, 2)
	})
}

func TestFailedLoginFailsAllWaiters(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		l.down.Store(true)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := s.get(t.Context()); !errors.Is(err, errDown) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		l.want(t, 1)
		l.down.Store(false)
		time.Sleep(shortestBackoff)
		s.want(t, "token-2", 10*time.Second)
	})
}

// Failed logins back off, more with each failure.
func TestFailedLoginsBackOff(t *testing.T) {
	for _, test := range []struct {
		failure error
		logins  int32 // in ten minutes
	}{
		{errDown, 123},
		{&fault.Error{Kind: fault.UpstreamCredentials}, 16},
	} {
		inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
			s.login = func(context.Context) (token, error) {
				l.begun.Add(1)
				return token{}, test.failure
			}
			for range 6000 {
				if _, err := s.get(t.Context()); !errors.Is(err, test.failure) {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			l.want(t, test.logins)
		})
	}
}

func TestSlowLoginEndsAtItsTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		l.took = time.Hour
		begun := time.Now()
		_, err := s.get(t.Context())
		wantTimeout(t, err, begun, 31*time.Second)
	})
}

func TestAbandonedQueryLeavesTheLoginToOthers(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := s.get(ctx)
		wantTimeout(t, err, begun, time.Second)
		s.want(t, "token-1", 9*time.Second)
		l.want(t, 1)
	})
}

func TestInvalidateDropsOnlyTheRefusedToken(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		s.want(t, "token-1", 10*time.Second)
		s.invalidate(token{value: "token-0"})
		s.want(t, "token-1", 0)
		s.invalidate(token{value: "token-1"})
		s.want(t, "token-2", 10*time.Second)
		s.invalidate(token{value: "token-1"})
		s.want(t, "token-2", 0)
		l.want(t, 2)
	})
}

// A query that saw no good token may come to start its login only after another one's has ended.
func TestLateStartFindsTheNewToken(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		for n, value := range []string{"token-1", "token-2"} {
			for range 3 {
				if late := <-s.renew(t.Context()); late.Err != nil || late.Val.(token).value != value {
					t.Errorf("got %v, %v, want %s", late.Val, late.Err, value)
				}
			}
			l.want(t, int32(n+1))
			s.invalidate(token{value: value})
		}
	})
}

// A query whose login panics fails like one that Rocket does not respond to: a stale entry is served.
func TestAPanicOfALoginIsAFaultOfTheQuery(t *testing.T) {
	transport, err := NewTransport(TransportOptions{
		MaxConcurrent: 1, QueueWait: time.Second, Timeout: time.Second, MaxResponseBytes: 1 << 20, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer transport.Close()
	c := New(Options{Account: Account{Name: "main", Base: &url.URL{Scheme: "http", Host: "rocket.test"}}, Transport: transport})
	defer c.Close()
	c.tokens.login = func(context.Context) (token, error) { panic("boom") }
	_, err = c.Fetch(t.Context(), &query.Query{Provider: query.Azure, Endpoint: query.Usages}, nil)
	if f := fault.Of(err); f.Kind != fault.UpstreamError || !strings.Contains(f.Error(), "panic: boom") {
		t.Errorf("%v", err)
	}
}

func TestCloseEndsALoginInFlight(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		begun := time.Now()
		done := s.renew(t.Context())
		l.want(t, 1)
		s.close()
		if time.Since(begun) != time.Second || l.ended.Load() != 1 {
			t.Errorf("close took %s, and %d logins have ended", time.Since(begun), l.ended.Load())
		}
		if (<-done).Err == nil {
			t.Error("the login succeeded")
		}
	})
}

// A login that was requested just before must not begin after close.
func TestNoLoginBeginsAfterClose(t *testing.T) {
	for range 200 {
		inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
			s.renew(t.Context())
			s.close()
			l.want(t, l.ended.Load())
		})
	}
}

func wantTimeout(t *testing.T, err error, begun time.Time, after time.Duration) {
	t.Helper()
	if fault.Of(err).Kind != fault.UpstreamTimeout || time.Since(begun) != after {
		t.Errorf("got %v after %s, want a timeout after %s", err, time.Since(begun), after)
	}
}

func TestTokenIsReusedUntilItsRenewal(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		s.want(t, "token-1", 10*time.Second)
		time.Sleep(55*time.Minute - time.Nanosecond)
		s.want(t, "token-1", 0)
		l.want(t, 1)
	})
}

func TestRenewalRunsInTheBackground(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		s.want(t, "token-1", 10*time.Second)
		time.Sleep(55 * time.Minute)
		s.want(t, "token-1", 0)
		l.want(t, 2)
		time.Sleep(9 * time.Second)
		s.want(t, "token-1", 0)
		l.want(t, 2)
		time.Sleep(time.Second)
		synctest.Wait()
		s.want(t, "token-2", 0)
		l.want(t, 2)
	})
}

func TestShortLivedTokenIsRenewedInItsLastTenth(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		l.lifetime = 100 * time.Second
		s.want(t, "token-1", 10*time.Second)
		time.Sleep(90*time.Second - time.Nanosecond)
		s.want(t, "token-1", 0)
		l.want(t, 1)
		time.Sleep(time.Nanosecond)
		s.want(t, "token-1", 0)
		l.want(t, 2)
	})
}

func TestExpiryDuringARenewalJoinsIt(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		s.want(t, "token-1", 10*time.Second)
		time.Sleep(time.Hour - 4*time.Second)
		s.want(t, "token-1", 0)
		time.Sleep(4 * time.Second)
		s.want(t, "token-2", 6*time.Second)
		l.want(t, 2)
	})
}

func TestFailedRenewalBacksOff(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		l.took = time.Second
		s.want(t, "token-1", time.Second)
		l.down.Store(true)
		time.Sleep(55 * time.Minute)
		s.want(t, "token-1", 0)
		time.Sleep(time.Second) // the renewal fails now
		synctest.Wait()
		if late := <-s.renew(t.Context()); late.Err != nil {
			t.Error(late.Err)
		}
		for range 50 {
			s.want(t, "token-1", 0)
			time.Sleep(shortestBackoff / 50)
			l.want(t, 2)
		}
		l.down.Store(false)
		s.want(t, "token-1", 0)
		l.want(t, 3)
		time.Sleep(time.Second)
		synctest.Wait()
		s.want(t, "token-3", 0)
	})
}
