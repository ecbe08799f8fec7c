package cache

import (
	"strconv"
	"time"
)

// Name is the gateway's in Cache-Status.
const Name = "rocket-gateway"

// Status says how an answer came about, in the terms of RFC 9211: a hit, or forwarded for a reason.
type Status struct {
	Hit  bool
	TTL  time.Duration // of a hit: remaining freshness, negative where it is stale
	Tier string        // of a hit: memory or redis

	Fwd       string // why the request went on to Rocket: miss, stale or request
	FwdStatus int    // what Rocket answered, zero where it did not
	Stored    bool
	Collapsed bool // rode on another caller's request

	Stale Stale // why a stale answer is given, which the header does not tell; empty where it is fresh, or none
}

// The reasons to go on to Rocket.
const (
	FwdMiss    = "miss"
	FwdStale   = "stale"
	FwdRequest = "request"
)

// Stale is a reason to give a stale answer.
type Stale string

// The reasons to give a stale answer.
const (
	StaleRevalidating Stale = "revalidating"   // it is refreshed behind the answer
	StalePaused       Stale = "paused"         // a refresh failed a moment ago, and is not tried again yet
	StaleError        Stale = "error"          // the refresh failed
	StaleSlow         Stale = "slow"           // the refresh takes too long; it goes on
	StaleQuota        Stale = "quota"          // the caller may not have Rocket asked
	StaleOnlyIfCached Stale = "only-if-cached" // the caller wanted no other
)

// StaleReasons are all of them.
func StaleReasons() []Stale {
	return []Stale{StaleRevalidating, StalePaused, StaleError, StaleSlow, StaleQuota, StaleOnlyIfCached}
}

// judged leaves the reason out where the answer is fresh until later.
func (s Status) judged(until, now time.Time) Status {
	if now.Before(until) {
		s.Stale = ""
	}
	return s
}

// String is the value of the Cache-Status header.
func (s Status) String() string {
	b := make([]byte, 0, 96)
	b = append(b, Name...)
	if s.Hit {
		b = append(b, "; hit; ttl="...)
		b = strconv.AppendInt(b, floorSeconds(s.TTL), 10)
		b = append(b, "; detail="...)
		return string(append(b, s.Tier...))
	}
	b = append(b, "; fwd="...)
	b = append(b, s.Fwd...)
	if s.FwdStatus != 0 {
		b = append(b, "; fwd-status="...)
		b = strconv.AppendInt(b, int64(s.FwdStatus), 10)
	}
	if s.Stored {
		b = append(b, "; stored"...)
	}
	if s.Collapsed {
		b = append(b, "; collapsed"...)
	}
	return string(b)
}

// Label is a word for metrics and logs.
func (s Status) Label() string {
	switch {
	case s.Hit && s.TTL < 0, s.Stale != "":
		return "stale"
	case s.Hit && s.Tier == inMemory:
		return "hit-" + inMemory
	case s.Hit:
		return "hit-" + s.Tier
	case s.Collapsed:
		return "collapsed"
	case s.Fwd == FwdStale:
		return "expired"
	default:
		return s.Fwd
	}
}

// floorSeconds rounds down, so that what is stale never looks fresh.
func floorSeconds(d time.Duration) int64 {
	seconds := int64(d / time.Second)
	if d < 0 && d%time.Second != 0 {
		seconds--
	}
	return seconds
}
