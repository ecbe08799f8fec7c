package cache

import (
	"context"
	"math"
	"strconv"
	"time"
)

// Name is the gateway's name in Cache-Status.
const Name = "rocket-gateway"

// Directives are what a caller may demand of the cache (RFC 9111, 5.2.1), and what it may not. No others exist, so that no caller
// defeats the cache.
type Directives struct {
	NoCache      bool // refetch, unless the entry is younger than the floor
	SpareClosed  bool // NoCache does not apply if the period is closed
	OnlyIfCached bool // never fetch
	Unhurried    bool // let whatever others wait for go first

	// Admit is called before a fetch on this caller's account; its error is returned, unless a stale entry can be served.
	// It is not called for waiters of another caller's fetch. Nil admits.
	Admit func(context.Context) error
}

// Status is how the cache handled a request, in the terms of RFC 9211: a hit, or forwarded for a reason.
type Status struct {
	Hit  bool
	TTL  time.Duration // of a hit: remaining freshness, negative if it is stale
	Tier string        // of a hit: memory or redis

	Fwd       string // why the request was forwarded to Rocket: miss, stale or request
	FwdStatus int    // of Rocket's response, zero without one
	Stored    bool
	Collapsed bool // waited for another caller's fetch

	Stale Stale // why a stale entry is served, which the header does not have; empty if it is fresh, or none
}

// The reasons to forward a request to Rocket.
const (
	FwdMiss    = "miss"
	FwdStale   = "stale"
	FwdRequest = "request"
)

// The tiers in Cache-Status.
const (
	inMemory = "memory"
	inRedis  = "redis"
)

// Stale is a reason to serve a stale entry.
type Stale string

// The reasons to serve a stale entry.
const (
	StaleRevalidating Stale = "revalidating"   // it is refreshed in the background
	StalePaused       Stale = "paused"         // a fetch has failed, and the backoff has not ended
	StaleError        Stale = "error"          // the fetch failed
	StaleSlow         Stale = "slow"           // the fetch takes too long; it continues
	StaleQuota        Stale = "quota"          // the caller may not fetch
	StaleOnlyIfCached Stale = "only-if-cached" // the caller did not want a fetch
)

// StaleReasons returns all of them.
func StaleReasons() []Stale {
	return []Stale{StaleRevalidating, StalePaused, StaleError, StaleSlow, StaleQuota, StaleOnlyIfCached}
}

// String returns the value of the Cache-Status header.
func (s Status) String() string { return string(s.Append(make([]byte, 0, 96))) }

// Append appends the value of the Cache-Status header to b.
func (s Status) Append(b []byte) []byte {
	if s.Hit {
		ttl := int64(math.Floor(s.TTL.Seconds())) // rounded down, so that what is stale never looks fresh
		b = strconv.AppendInt(append(b, Name+"; hit; ttl="...), ttl, 10)
		return append(append(b, "; detail="...), s.Tier...)
	}
	b = append(append(b, Name+"; fwd="...), s.Fwd...)
	if s.FwdStatus != 0 {
		b = strconv.AppendInt(append(b, "; fwd-status="...), int64(s.FwdStatus), 10)
	}
	if s.Stored {
		b = append(b, "; stored"...)
	}
	if s.Collapsed {
		b = append(b, "; collapsed"...)
	}
	return b
}

// Label returns a word for metrics and logs.
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
