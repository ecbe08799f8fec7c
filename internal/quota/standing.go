package quota

import (
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// Standing is how a caller stands with one limit. The zero Standing is that of no limit.
type Standing struct {
	Name      string // of the Limiter
	Limit     rate.Limit
	Remaining int           // requests that would pass now
	Next      time.Duration // until there is one more than Remaining; with none remaining, when another try makes sense
}

// Policy is the limit as a member of the RateLimit-Policy field.
func (s Standing) Policy() string {
	return strconv.Quote(s.Name) + ";q=" + strconv.Itoa(s.Limit.Requests) + ";w=" + seconds(s.Limit.Per)
}

// String is the standing as a member of the RateLimit field. Its effective window, t, is the time in which a caller gets no
// more than what remains: it ends where the next request comes back, and never after a Retry-After of the same Next.
func (s Standing) String() string {
	return strconv.Quote(s.Name) + ";r=" + strconv.Itoa(s.Remaining) + ";t=" + seconds(s.Next)
}

// seconds are rounded up: whoever waits so long waits long enough.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
