// Package rate parses rate limits such as 600/1m. It imports nothing of this module.
package rate

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Limit is a number of requests in a period. The zero Limit is no limit.
type Limit struct {
	Requests int
	Per      time.Duration // whole seconds, the resolution of HTTP's header fields
}

// Off is the text of no limit.
const Off = "off"

const (
	maxText     = 32
	maxRequests = 1_000_000
	maxPeriod   = 24 * time.Hour
)

var errForm = errors.New("must be off, or a number of requests, 1 to 1000000, and whole seconds, 1s to 24h, as in 600/1m")

// Parse parses a limit. "" and "off" are no limit.
func Parse(text string) (Limit, error) {
	if text == "" || text == Off {
		return Limit{}, nil
	}
	requests, per, ok := strings.Cut(text, "/")
	if !ok || len(text) > maxText {
		return Limit{}, errForm
	}
	n, err := strconv.ParseUint(requests, 10, 31)
	if err != nil || n < 1 || n > maxRequests {
		return Limit{}, errForm
	}
	d, err := time.ParseDuration(per)
	if err != nil || d < time.Second || d > maxPeriod || d%time.Second != 0 || per[0] == '+' {
		return Limit{}, errForm
	}
	return Limit{Requests: int(n), Per: d}, nil
}

// None reports whether there is no limit.
func (l Limit) None() bool { return l == Limit{} }

// String returns the shortest text that Parse accepts: 600/1m, not 600/1m0s.
func (l Limit) String() string {
	if l.None() {
		return Off
	}
	per := l.Per.String()
	if strings.HasSuffix(per, "m0s") {
		per = strings.TrimSuffix(per, "0s")
	}
	if strings.HasSuffix(per, "h0m") {
		per = strings.TrimSuffix(per, "0m")
	}
	return strconv.Itoa(l.Requests) + "/" + per
}
