package upstream

import (
	"errors"
	"slices"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Why a question was given up here, without an answer of Rocket's, to spare Rocket or this process.
const (
	shedBreaker = "breaker" // the host fails
	shedLimited = "limited" // the host has asked for fewer requests
	shedQueue   = "queue"   // no place in time among the questions in flight
	shedMemory  = "memory"  // no room in time for a large answer
)

// ShedReasons are all that LineOptions.OnShed is told.
func ShedReasons() []string { return []string{shedBreaker, shedLimited, shedQueue, shedMemory} }

// shed tells where a question failed for want of any of it.
func (l *Line) shed(err error) {
	var f *fault.Error
	if l.OnShed != nil && errors.As(err, &f) && slices.Contains(ShedReasons(), f.Reason) {
		l.OnShed(f.Reason)
	}
}

// Load is how the places among the questions in flight stand.
type Load struct {
	Places              int
	Callers, Background Lane // those that somebody waits for, and those that nobody does
}

// Lane is one of the two lines for places.
type Lane struct{ Taken, Waiting int }

// Load reads it.
func (l *Line) Load() Load { return l.limiter.load() }

func (l *limiter) load() Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Load{
		Places:     l.places,
		Callers:    Lane{l.taken - l.behind, l.callers.Len()},
		Background: Lane{l.behind, l.patients.Len()},
	}
}

// Breaker returns the state of the circuit breaker of the account's host, one of BreakerStates, and how often it became
// BreakerOpen. Accounts of one host share it.
func (c *Client) Breaker() (state string, opened uint64) { return c.host.breaker() }

// BreakerStates returns all states of a circuit breaker.
func BreakerStates() []string { return []string{BreakerClosed, BreakerSuspect, BreakerOpen} }

// Token tells when the token that is sent came here, by a login or from another replica, and when it expires. Both are zero where
// there is none.
func (c *Client) Token() (obtained, expires time.Time) {
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	if c.tokens.current.value == "" {
		return time.Time{}, time.Time{}
	}
	return c.tokens.since, c.tokens.current.expires
}
