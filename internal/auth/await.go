package auth

import (
	"context"
	"time"
)

func (s *store) current() *keySet { return s.kept.Load() }

// await gives the first set that is enough, or what there is once a fetch that began after the call has ended, the wait is
// over, or no place to wait is left.
func (s *store) await(ctx context.Context, enough func(*keySet) bool) *keySet {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		set := s.current()
		s.suspect(set)
		return set
	}
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	wanted := s.next()
	for {
		landed, over := s.ahead(wanted)
		set := s.current()
		if over || enough(set) {
			return set
		}
		s.suspect(set)
		if !s.pass(ctx, landed) {
			return s.current()
		}
	}
}

// awaitFirst waits for keys, whatever it takes.
func (s *store) awaitFirst(ctx context.Context) error {
	for {
		s.mu.Lock()
		landed := s.landed
		s.mu.Unlock()
		if s.current() != nil {
			return nil
		}
		if !s.pass(ctx, landed) {
			return context.Cause(ctx)
		}
	}
}

// pass waits for the end of a fetch, and says whether it came.
func (s *store) pass(ctx context.Context, landed <-chan struct{}) bool {
	select {
	case <-landed:
		return true
	case <-ctx.Done():
	case <-s.life.Done():
	}
	return false
}

// next is the number of the first fetch that has not begun.
func (s *store) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun + 1
}

// ahead gives what is closed at the end of the next fetch. over says that there is nothing to wait for: the wanted fetch has
// ended, or the issuer is away.
func (s *store) ahead(wanted int) (landed <-chan struct{}, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.landed, s.ended >= wanted || s.failing
}

// suspect asks for a fetch, unless one is under way or has brought another set than this one already.
func (s *store) suspect(set *keySet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun > s.ended || s.current() != set {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// retry is how long it is until the next fetch.
func (s *store) retry() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due.Sub(s.now())
}

func (s *store) lastRead() (at time.Time, published bool) {
	if nanoseconds := s.read.Load(); nanoseconds != 0 {
		at = time.Unix(0, nanoseconds)
	}
	return at, true
}
