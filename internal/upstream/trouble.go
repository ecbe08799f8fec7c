package upstream

import (
	"log/slog"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// After a login that failed there is none for a while: the pause doubles with each failure, up to a longest one. Refused
// credentials do not mend themselves, and many services lock an account that keeps trying.
const (
	shortestPause       = 500 * time.Millisecond
	longestPause        = 5 * time.Second
	longestRefusedPause = time.Minute
)

// trouble is a row of failed logins. The zero value is none.
type trouble struct {
	failures int
	failure  error     // the last of them
	retry    time.Time // until then it is the answer to all who need a login
	told     bool      // the log knows of it
	refused  bool      // what it was told was that the credentials are refused
}

// add notes a failure, and how long nobody tries again: what the fleet has agreed on, where it has.
func (t *trouble) add(f *fault.Error, now time.Time, agreed time.Duration) {
	pause := agreed
	if pause == 0 {
		pause = max(min(shortestPause<<min(t.failures, 10), longest(f)), heed(f))
	}
	t.failures++
	t.failure = f
	t.retry = now.Add(pause)
}

// tell logs a failure, once for each kind of trouble.
func (t *trouble) tell(log *slog.Logger, f *fault.Error) {
	refused := f.Kind == fault.UpstreamCredentials
	if t.told && t.refused == refused {
		return
	}
	t.told, t.refused = true, refused
	if refused {
		log.Error("login refused by Rocket", "reason", f.Detail, "status", f.Status)
		return
	}
	log.Warn("logging in to Rocket fails", "error", f)
}

func longest(f *fault.Error) time.Duration {
	if f.Kind == fault.UpstreamCredentials {
		return longestRefusedPause
	}
	return longestPause
}

// heed is the pause that Rocket asks for.
func heed(f *fault.Error) time.Duration { return min(f.RetryAfter, longestRefusedPause) }
