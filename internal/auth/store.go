package auth

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
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
	issuer  *issuer
	metrics *metrics
	now     func() time.Time
	log     *slog.Logger

	set     atomic.Pointer[keySet]
	waiters *semaphore.Weighted
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
}

func newStore(i *issuer, m *metrics, now func() time.Time, log *slog.Logger) *store {
	life, end := context.WithCancel(context.Background())
	s := &store{
		issuer: i, metrics: m, now: now, log: log, waiters: semaphore.NewWeighted(maxWaiters), wake: make(chan struct{}, 1),
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
	if !s.waiters.TryAcquire(1) {
		set := s.current()
		s.refetch(set)
		return set
	}
	defer s.waiters.Release(1)
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	wanted := s.progress().begun + 1
	return s.until(ctx, func(p fetches, set *keySet) bool {
		if p.ended >= wanted || p.failing || enough(set) {
			return true
		}
		s.refetch(set)
		return false
	})
}

// awaitFirst waits for the first set.
func (s *store) awaitFirst(ctx context.Context) error {
	if s.until(ctx, func(_ fetches, set *keySet) bool { return set != nil }) == nil {
		return context.Cause(ctx)
	}
	return nil
}

// until returns the first set for which done is true, or the current one when the context or the store ends. It calls done again
// after each fetch.
func (s *store) until(ctx context.Context, done func(fetches, *keySet) bool) *keySet {
	for {
		p := s.progress() // before the set is read, so that no fetch ends unnoticed in between
		set := s.current()
		if done(p, set) {
			return set
		}
		select {
		case <-p.next:
		case <-ctx.Done():
			return s.current()
		case <-s.life.Done():
			return s.current()
		}
	}
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
	backoff := time.Duration(0) // after the last fetch; 0: it did not fail
	for s.life.Err() == nil {
		s.begin()
		set, err := s.issuer.fetch(s.life)
		if err == nil && s.current() == nil && len(set.keys) == 0 {
			err = errors.New("no usable key is published")
		}
		s.report(err, backoff > 0)
		if err == nil {
			s.keep(set)
			backoff = 0
		} else {
			backoff = min(max(2*backoff, minBackoff), maxBackoff)
		}
		s.finish(backoff)
		s.sleep(backoff, limiter)
	}
}

// begin starts a fetch, which serves every caller that has asked for one so far.
func (s *store) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches.begun++
	select {
	case <-s.wake:
	default:
	}
}

// report logs a change for the worse or the better.
func (s *store) report(err error, failing bool) {
	switch {
	case s.life.Err() != nil || failing == (err != nil):
	case err == nil:
		s.log.Info("issuer keys read again")
	case s.current() == nil:
		s.log.Warn("issuer keys not read, refusing all tokens", "error", err)
	default:
		s.log.Warn("issuer keys not read, using the last ones", "error", err)
	}
}

// keep stores a fetched set, unless it is the same: that leaves the memo valid.
func (s *store) keep(set *keySet) {
	s.metrics.read.Set(float64(s.now().UnixMilli()) / 1000)
	if current := s.current(); current != nil && current.identity == set.identity {
		return
	}
	s.set.Store(set)
	s.log.Info("issuer keys replaced", "keys", len(set.keys), "skipped", set.skipped)
}

// finish ends a fetch and wakes its waiters.
func (s *store) finish(backoff time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches.ended++
	s.fetches.failing = backoff > 0
	s.fetches.due = s.now().Add(cmp.Or(backoff, refreshInterval))
	close(s.fetches.next)
	s.fetches.next = make(chan struct{})
}

// sleep waits for the next fetch. Callers cannot hasten it after a failure: the backoff is short already.
func (s *store) sleep(backoff time.Duration, limiter *rate.Limiter) {
	timer := time.NewTimer(cmp.Or(backoff, refreshInterval))
	defer timer.Stop()
	wake := s.wake
	if backoff > 0 {
		wake = nil
	}
	for {
		select {
		case <-s.life.Done():
			return
		case <-timer.C:
			return
		case <-wake:
			now := s.now()
			timer.Reset(min(s.progress().due.Sub(now), limiter.ReserveN(now, 1).DelayFrom(now)))
			wake = nil // the turn is reserved
		}
	}
}

func (s *store) close() {
	s.end()
	s.running.Wait()
}
