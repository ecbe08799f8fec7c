package upstream

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// The breaker opens where half of at least so many questions have failed within the window.
const (
	breakerRate   = 0.5
	breakerLeast  = 30
	breakerWindow = 30 * time.Second
	breakerPause  = 5 * time.Second // then it lets through as many probes as it needs to close
	breakerProbes = 2

	limitedInARow = 3 // after so many 429s Rocket is left alone for as long as it asks
)

// host is a server of Rocket's as all its accounts here have seen it. Where it fails, or asks for fewer requests, nobody asks
// it for a while.
type host struct {
	breaker circuitbreaker.CircuitBreaker[any]
	opened  atomic.Uint64 // how often the breaker has opened
	now     func() time.Time

	mu      sync.Mutex
	limited int       // guarded by mu: 429s in a row
	until   time.Time // guarded by mu: Rocket said in the last of them when to ask again
}

func newHost(name string, now func() time.Time, log *slog.Logger) *host {
	h := &host{now: now}
	h.breaker = circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(breakerRate, breakerLeast, breakerWindow).
		WithDelay(breakerPause).WithJitterFactor(0.1).
		WithSuccessThreshold(breakerProbes).
		OnOpen(func(circuitbreaker.StateChangedEvent) {
			h.opened.Add(1)
			log.Warn("Rocket fails; nobody asks it for a few seconds", "host", name)
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("Rocket answers again", "host", name) }).
		Build()
	return h
}

// ask runs one question, unless the host is known not to answer it.
func (h *host) ask(question func() ([]byte, error)) ([]byte, error) {
	if wait := h.asked(); wait > 0 {
		return nil, unavailable(shedLimited, "Rocket asks for fewer requests.", wait)
	}
	if !h.breaker.TryAcquirePermit() {
		const detail = "Rocket has failed too often in the last seconds to be asked again at once."
		return nil, unavailable(shedBreaker, detail, h.breaker.RemainingDelay())
	}
	content, err := question()
	if err != nil && ailing(fault.Of(err)) {
		h.breaker.RecordFailure()
	} else {
		h.breaker.RecordSuccess()
	}
	return content, err
}

// ailing says which failures are signs that the host is unwell, rather than that it dislikes a question.
func ailing(f *fault.Error) bool {
	return f.Kind == fault.UpstreamTimeout || f.Kind == fault.UpstreamError || f.Kind == fault.Internal
}

// asked is how long Rocket still wants to be left alone.
func (h *host) asked() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.until.Sub(h.now())
}

// heard learns from an answer. One 429 is the affair of its question; several in a row mean everybody.
func (h *host) heard(err error) {
	wait := time.Duration(0)
	if f := fault.Of(err); err != nil && f.Status == http.StatusTooManyRequests {
		wait = f.RetryAfter
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if wait == 0 {
		h.limited = 0
		return
	}
	if h.limited++; h.limited >= limitedInARow {
		h.until = h.now().Add(wait)
	}
}

func unavailable(reason, detail string, wait time.Duration) *fault.Error {
	return &fault.Error{Kind: fault.UpstreamUnavailable, Reason: reason, Detail: detail, RetryAfter: max(time.Second, wait)}
}
