package fleet

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	awayAfter  = 3 // failures in a row
	probePause = 500 * time.Millisecond
)

// ErrAway says that Redis was not asked: it is known not to answer.
var ErrAway = errors.New("Redis is away")

// health is a circuit breaker: once Redis has failed a few times in a row nobody waits for it any more, and a probe behind
// the requests finds out when it is back.
type health struct {
	ping func(context.Context) error
	log  *slog.Logger

	failures atomic.Int32
	away     atomic.Bool
	told     atomic.Bool // whether the log knows of a failure

	failed, declined, spared atomic.Uint64 // what Errors tells

	lastRefusal atomic.Int64 // Unix nanoseconds of the last one logged

	end     chan struct{}
	mu      sync.Mutex // guards closed and the start of probes
	closed  bool
	probing sync.WaitGroup
}

func newHealth(ping func(context.Context) error, log *slog.Logger) *health {
	return &health{ping: ping, log: log, end: make(chan struct{})}
}

func (h *health) ok() bool { return !h.away.Load() }

// note counts failures of the connection, and says whether this is one. An answer of Redis's, also one that refuses, is a
// sign of life.
func (h *health) note(err error) (failed bool) {
	var refusal redis.Error
	switch {
	case err == nil, errors.Is(err, redis.Nil):
		h.alive()
	case errors.As(err, &refusal):
		h.alive()
		h.declined.Add(1)
		h.refused(err)
	default:
		h.failed.Add(1)
		if !h.told.Swap(true) {
			h.log.Warn("Redis fails; going on with memory and Rocket", "error", err)
		}
		if h.failures.Add(1) >= awayAfter && !h.away.Swap(true) {
			h.probe()
		}
		return true
	}
	return false
}

func (h *health) alive() {
	h.failures.Store(0)
	if !h.away.Load() && h.told.Load() && h.told.Swap(false) {
		h.log.Info("Redis answers again")
	}
}

// refused logs what a Redis that is full, or read-only, says, from time to time.
func (h *health) refused(err error) {
	now := time.Now().UnixNano()
	if last := h.lastRefusal.Load(); now-last > int64(time.Minute) && h.lastRefusal.CompareAndSwap(last, now) {
		h.log.Warn("Redis refuses a command; going on without it", "error", err)
	}
}

// probe asks until Redis answers.
func (h *health) probe() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.probing.Go(func() {
		ticker := time.NewTicker(probePause)
		defer ticker.Stop()
		for {
			select {
			case <-h.end:
				return
			case <-ticker.C:
			}
			if h.answers() {
				h.away.Store(false)
				h.alive()
				return
			}
		}
	})
}

func (h *health) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	return h.ping(ctx) == nil
}

func (h *health) close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.end)
	}
	h.mu.Unlock()
	h.probing.Wait()
}
