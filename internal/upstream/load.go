package upstream

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

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

// The states of a breaker.
const (
	BreakerClosed   = "closed"    // questions pass
	BreakerOpen     = "open"      // none does
	BreakerHalfOpen = "half-open" // the next ones are to show whether the host is well again
)

// Host is how a server of Rocket's stands.
type Host struct {
	Name    string
	Breaker string
	Opened  uint64 // how often the breaker has opened
}

// Hosts gives all, by name.
func (l *Line) Hosts() []Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Host, 0, len(l.hosts))
	for name, h := range l.hosts {
		all = append(all, Host{name, h.state(), h.opened.Load()})
	}
	slices.SortFunc(all, func(a, b Host) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// state takes a breaker whose pause is over for half-open, although it says so at the next question alone.
func (h *host) state() string {
	switch s := h.breaker.State(); {
	case s == circuitbreaker.ClosedState:
		return BreakerClosed
	case s == circuitbreaker.OpenState && h.breaker.RemainingDelay() > 0:
		return BreakerOpen
	default:
		return BreakerHalfOpen
	}
}

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
