package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	refreshEvery  = time.Minute // how long a key that was withdrawn may still be accepted
	shortestPause = time.Second // after a failure; the pause doubles with each
	longestPause  = 10 * time.Second

	longestWait = 5 * time.Second // of a caller whose key is not known
	maxWaiting  = 256             // callers in wait; more are refused at once
)

// store keeps the keys that an issuer publishes. One goroutine does all fetches, one after another; what it found last stays
// while the issuer is away.
type store struct {
	fetch func(context.Context) (*keySet, error)
	now   func() time.Time
	log   *slog.Logger

	kept    atomic.Pointer[keySet]
	read    atomic.Int64  // Unix nanoseconds: when the issuer last gave its keys; 0 before
	places  chan struct{} // taken by callers in wait
	wake    chan struct{} // asks for a fetch ahead of time
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup // the goroutine

	mu      sync.Mutex
	begun   int           // guarded by mu: fetches
	ended   int           // guarded by mu: those of them that have ended
	landed  chan struct{} // guarded by mu: closed at the end of the next one
	failing bool          // guarded by mu: the last one failed
	due     time.Time     // guarded by mu: when the next one begins by itself
}

func newStore(fetch func(context.Context) (*keySet, error), now func() time.Time, log *slog.Logger) *store {
	life, end := context.WithCancel(context.Background())
	s := &store{
		fetch: fetch, now: now, log: log, places: make(chan struct{}, maxWaiting), wake: make(chan struct{}, 1),
		life: life, end: end, landed: make(chan struct{}),
	}
	s.running.Go(s.run)
	return s
}

// run fetches at once, then from time to time, more often after failures, and ahead of time where a caller asks for it.
func (s *store) run() {
	spaced := allowance{}
	failures := 0
	for s.life.Err() == nil {
		s.begin()
		set, err := s.fetch(s.life)
		if err == nil && s.current() == nil && len(set.keys) == 0 {
			err = errors.New("no usable key is published")
		}
		s.report(err, failures)
		pause := refreshEvery
		if err == nil {
			failures = 0
			s.read.Store(s.now().UnixNano())
			s.keep(set)
		} else {
			pause = min(shortestPause<<min(failures, 10), longestPause)
			failures++
		}
		s.land(err != nil, pause)
		s.sleep(pause, err != nil, &spaced)
	}
}

// begin starts a fetch. Whoever has asked for one so far is served by it.
func (s *store) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	select {
	case <-s.wake:
	default:
	}
}

// keep takes over what was fetched, unless it is what is there: a set that is the same leaves the memo as it is.
func (s *store) keep(set *keySet) {
	if set.equal(s.current()) {
		return
	}
	s.kept.Store(set)
	s.log.Info("the issuer's keys are new", "keys", len(set.keys), "left_out", set.leftOut)
}

// report tells the log of a change for the worse or the better.
func (s *store) report(err error, failures int) {
	switch {
	case s.life.Err() != nil:
	case err == nil && failures > 0:
		s.log.Info("the issuer answers again")
	case err == nil || failures > 0:
	case s.current() == nil:
		s.log.Warn("the issuer's keys cannot be read; until they can, no token is accepted", "error", err)
	default:
		s.log.Warn("the issuer's keys cannot be read; going on with those that are known", "error", err)
	}
}

// land ends a fetch and tells all who wait for it.
func (s *store) land(failed bool, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
	s.failing = failed
	s.due = s.now().Add(pause)
	close(s.landed)
	s.landed = make(chan struct{})
}

// sleep waits for the next fetch. While the issuer is away callers cannot hasten it: its pauses are short already.
func (s *store) sleep(pause time.Duration, failing bool, spaced *allowance) {
	due := time.NewTimer(pause)
	defer due.Stop()
	wake := s.wake
	if failing {
		wake = nil
	}
	select {
	case <-s.life.Done():
		return
	case <-due.C:
		return
	case <-wake:
	}
	turn := time.NewTimer(spaced.take(s.now()))
	defer turn.Stop()
	select {
	case <-s.life.Done():
	case <-due.C:
	case <-turn.C:
	}
}

func (s *store) close() {
	s.end()
	s.running.Wait()
}
