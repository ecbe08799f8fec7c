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

// Parse parses a limit. "" and "off" are no limit.
func Parse(text string) (Limit, error) {
	if text == "" || text == Off {
		return Limit{}, nil
	}
	requests, per, _ := strings.Cut(text, "/")
	n, err := strconv.ParseUint(requests, 10, 31)
	d, perErr := time.ParseDuration(per)
	if err != nil || perErr != nil || len(text) > maxText || n < 1 || n > maxRequests ||
		d < time.Second || d > maxPeriod || d%time.Second != 0 || per[0] == '+' {
		return Limit{}, errors.New("must be off, or a number of requests, 1 to 1000000, and whole seconds, 1s to 24h, as in 600/1m")
	}
	return Limit{Requests: int(n), Per: d}, nil
}

// None reports whether there is no limit.
func (l Limit) None() bool { return l == Limit{} }
