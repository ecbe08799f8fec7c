package upstream

import (
	"log/slog"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// After a login that failed there is none for a while: the backoff doubles with each failure, up to a longest one. Refused
// credentials do not mend themselves, and many services lock an account that keeps trying.
const (
	shortestBackoff       = 500 * time.Millisecond
	longestBackoff        = 5 * time.Second
	longestRefusedBackoff = time.Minute
)

// loginBackoff returns how long no replica logs in after a failure, of count in a row: no less than Rocket asks for.
func loginBackoff(count int, f *fault.Error) time.Duration {
	longest := longestBackoff
	if f.Kind == fault.UpstreamCredentials {
		longest = longestRefusedBackoff
	}
	return max(min(shortestBackoff<<min(count-1, 10), longest), min(f.RetryAfter, longestRefusedBackoff))
}

// failing is what the log knows of logins that fail. The zero value is nothing.
type failing struct {
	logged  bool
	refused bool // the credentials were refused
}

// log logs a failure, once for each kind.
func (l *failing) log(log *slog.Logger, f *fault.Error) {
	refused := f.Kind == fault.UpstreamCredentials
	if l.logged && l.refused == refused {
		return
	}
	l.logged, l.refused = true, refused
	if refused {
		log.Error("login refused by Rocket", "reason", f.Detail, "status", f.Status)
		return
	}
	log.Warn("logging in to Rocket fails", "error", f)
}
