package upstream

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTokenIsReusedUntilItsRenewal(t *testing.T) {
	inBubble(t, func(t *testing.T, l *fakeLogin, s *tokenSource) {
		s.want(t, "token-1", 10*time.Second)
		time.Sleep(55*time.Minute - time.Nanosecond)
		s.want(t, "token-1", 0)
		l.want(t, 1)
	})
}

func TestRenewalRunsBehindTheQuestions(t *testing.T) {
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

func TestFailedRenewalPauses(t *testing.T) {
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
