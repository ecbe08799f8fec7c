package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	refreshInterval = time.Minute // for so long a withdrawn key may still be accepted
	minBackoff      = time.Second // after a failure; it doubles with each
	maxBackoff      = 10 * time.Second

	maxWait    = 5 * time.Second // of a caller whose key is unknown
	maxWaiters = 256             // further callers with unknown keys are refused at once

	// Fetches that callers cause are limited, so that a flood of made-up key ids does not become one at the issuer.
	fetchBurst    = 3               // one after another
	fetchInterval = 3 * time.Second // between those that follow
)

// store holds the keys of a verifier. If an issuer publishes them, one goroutine does all fetches, one after another; the last set
// stays while the issuer is unreachable.
type store struct {
	fetch func(context.Context) (*keySet, error)
	now   func() time.Time
	log   *slog.Logger

	set     atomic.Pointer[keySet]
	waiters chan struct{} // a semaphore
	wake    chan struct{} // asks for a fetch ahead of time
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup // the goroutine

	mu      sync.Mutex
	fetches fetches // guarded by mu
}

// fetches is the progress of the store's fetches.
type fetches struct {
	begun, ended int
	next         chan struct{} // closed when the next one ends
	failing      bool          // the last one failed
	due          time.Time     // when the next one begins by itself
	read         time.Time     // when the last one that did not fail ended; zero before
}

func newStore(fetch func(context.Context) (*keySet, error), now func() time.Time, log *slog.Logger) *store {
	life, end := context.WithCancel(context.Background())
	s := &store{
		fetch: fetch, now: now, log: log, waiters: make(chan struct{}, maxWaiters), wake: make(chan struct{}, 1),
		life: life, end: end, fetches: fetches{next: make(chan struct{})},
	}
	s.running.Go(s.run)
	return s
}

// fixedStore returns a store of keys that stay the same for the life of the process.
func fixedStore(set *keySet) *store {
	s := &store{end: func() {}}
	s.set.Store(set)
	return s
}

// current returns nil before the first fetch has succeeded.
func (s *store) current() *keySet { return s.set.Load() }

func (s *store) progress() fetches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

// await returns the first set for which enough is true. It returns the current one as soon as a fetch that began after the call
// has ended, the issuer is unreachable, maxWait is over, or too many callers wait.
func (s *store) await(ctx context.Context, enough func(*keySet) bool) *keySet {
	select {
	case s.waiters <- struct{}{}:
		defer func() { <-s.waiters }()
	default:
		set := s.current()
		s.refetch(set)
		return set
	}
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	wanted := s.progress().begun + 1
	for {
		progress := s.progress() // before the set is read, so that no fetch ends unnoticed in between
		set := s.current()
		if progress.ended >= wanted || progress.failing || enough(set) {
			return set
		}
		s.refetch(set)
		if !s.wait(ctx, progress.next) {
			return s.current()
		}
	}
}

// awaitFirst waits for the first set.
func (s *store) awaitFirst(ctx context.Context) error {
	for {
		progress := s.progress()
		if s.current() != nil {
			return nil
		}
		if !s.wait(ctx, progress.next) {
			return context.Cause(ctx)
		}
	}
}

// wait waits for the end of a fetch, and reports whether it came before that of the context and of the store.
func (s *store) wait(ctx context.Context, fetched <-chan struct{}) bool {
	select {
	case <-fetched:
		return true
	case <-ctx.Done():
	case <-s.life.Done():
	}
	return false
}

// refetch asks for a fetch because set may be outdated, unless one is in progress or has replaced that set already. It does not
// wait.
func (s *store) refetch(set *keySet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fetches.begun > s.fetches.ended || s.current() != set {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run fetches at once, then at intervals, which are shorter after failures, and ahead of time if a caller asks for it.
func (s *store) run() {
	limiter := rate.NewLimiter(rate.Every(fetchInterval), fetchBurst)
	failures := 0
	for s.life.Err() == nil {
		s.begin()
		set, err := s.fetch(s.life)
		if err == nil && s.current() == nil && len(set.keys) == 0 {
			err = errors.New("no usable key is published")
		}
		s.report(err, failures)
		pause := refreshInterval
		if err == nil {
			failures = 0
			s.keep(set)
		} else {
			pause = min(minBackoff<<min(failures, 10), maxBackoff)
			failures++
		}
		s.finish(err != nil, pause)
		s.sleep(pause, err != nil, limiter)
	}
}

// begin starts a fetch, which serves everyone who has asked for one so far.
func (s *store) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches.begun++
	select {
	case <-s.wake:
	default:
	}
}

// keep stores a fetched set, unless it is the same: that leaves the memo valid.
func (s *store) keep(set *keySet) {
	if current := s.current(); current != nil && current.identity == set.identity {
		return
	}
	s.set.Store(set)
	s.log.Info("issuer keys replaced", "keys", len(set.keys), "skipped", set.skipped)
}

// report logs a change for the worse or the better.
func (s *store) report(err error, failures int) {
	switch {
	case s.life.Err() != nil:
	case err == nil && failures > 0:
		s.log.Info("issuer keys read again")
	case err == nil || failures > 0:
	case s.current() == nil:
		s.log.Warn("issuer keys not read, refusing all tokens", "error", err)
	default:
		s.log.Warn("issuer keys not read, using the last ones", "error", err)
	}
}

// finish ends a fetch and wakes its waiters.
func (s *store) finish(failed bool, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !failed {
		s.fetches.read = now
	}
	s.fetches.ended++
	s.fetches.failing = failed
	s.fetches.due = now.Add(pause)
	close(s.fetches.next)
	s.fetches.next = make(chan struct{})
}

// sleep waits for the next fetch. Callers cannot hasten it after a failure: the pauses are short already.
func (s *store) sleep(pause time.Duration, failing bool, limiter *rate.Limiter) {
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
	now := s.now()
	turn := time.NewTimer(limiter.ReserveN(now, 1).DelayFrom(now))
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
