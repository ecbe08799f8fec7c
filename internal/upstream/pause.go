package upstream

import (
	"net/http"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// limitedInARow is after how many responses with 429 an account sends nothing for as long as Rocket asks.
const limitedInARow = 3

// pause is what Rocket asks an account for with 429. One response concerns its query; several in a row concern all.
type pause struct {
	mu      sync.Mutex
	limited int       // guarded by mu: responses with 429 in a row
	until   time.Time // guarded by mu
}

// left returns how long nothing may be sent yet.
func (p *pause) left(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until.Sub(now)
}

// learn records the outcome of a request.
func (p *pause) learn(err error, now time.Time) {
	wait := time.Duration(0)
	if f := fault.Of(err); err != nil && f.Status == http.StatusTooManyRequests {
		wait = f.RetryAfter
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait == 0 {
		p.limited = 0
		return
	}
	if p.limited++; p.limited >= limitedInARow {
		p.until = now.Add(wait)
	}
}

func unavailable(reason, detail string, wait time.Duration) *fault.Error {
	return &fault.Error{Kind: fault.UpstreamUnavailable, Reason: reason, Detail: detail, RetryAfter: max(time.Second, wait)}
}
