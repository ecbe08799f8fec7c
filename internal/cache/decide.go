package cache

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// decision is what Get does with a query.
type decision struct {
	forward string // why the request is forwarded to Rocket before it is served; empty: the entry is served
	stale   Stale  // why a stale entry is served
	refresh bool   // in the background
}

// decide returns what to do with a query whose newest entry is kept. It changes nothing.
func (c *core) decide(kept *view, q *query.Query, key query.Key, d Directives) decision {
	forced := kept.usable && d.NoCache && kept.entry.Age(kept.at) >= c.RefreshFloor
	switch {
	case !kept.usable:
		return decision{forward: FwdMiss}
	case d.OnlyIfCached:
		return decision{stale: StaleOnlyIfCached}
	case !forced && kept.fresh() && kept.at.Before(kept.entry.RefreshAt):
		return decision{}
	case !kept.fresh() && c.failing(q): // a refresh finds out whether that is still so
		return decision{stale: StalePaused, refresh: true}
	case c.once.Failure(c.redis.Keys(key)) != nil:
		return decision{stale: StalePaused}
	case forced:
		return decision{forward: FwdRequest}
	case kept.at.Before(kept.revalidatedUntil(&c.Policy)):
		return decision{stale: StaleRevalidating, refresh: true}
	default:
		return decision{forward: FwdStale}
	}
}

// failing reports whether Rocket is known not to respond to a query.
func (c *core) failing(q *query.Query) bool {
	failing, _ := c.Origin.Failing(q)
	return failing
}

// revalidatedUntil returns when the entry is no longer served while it is refreshed.
func (v *view) revalidatedUntil(p *Policy) time.Time { return v.freshUntil.Add(p.StaleWhileRevalidate) }

// An entry in memory is compared with Redis from time to time, after a fresh hit and before a stale one. The messages of other
// replicas announce newer entries much sooner; an entry from before the subscription to them is compared before it is used.
const (
	checkFresh = 5 * time.Second
	checkStale = time.Second
)

// How long a caller waits for Redis: hardly, with a fresh entry in memory.
const (
	lookUpFresh = 100 * time.Millisecond
	lookUpStale = 500 * time.Millisecond
	lookUpCold  = 4 // the part of FetchTimeout that a caller without an entry waits
)

// due is whether the entry in memory, if any, is compared with Redis.
type due struct {
	patience   time.Duration // of the caller; 0: it does not wait for a comparison
	background bool          // there is a comparison all the same
	checked    int64         // when the entry was compared last, as read for this
}

// due returns whether a look-up that found this in memory compares it with Redis.
func (t *tiers) due(kept *view) due {
	if t.redis == nil {
		return due{}
	}
	cold, e := t.FetchTimeout/lookUpCold, kept.entry
	if e == nil {
		return due{patience: cold}
	}
	checked := e.Checked.Load()
	known, age := checked >= t.subscribed.Load(), kept.at.Sub(time.Unix(0, checked))
	switch fresh := kept.fresh(); {
	case known && (age < checkStale || fresh && age < checkFresh):
		return due{}
	case known && fresh:
		return due{background: true, checked: checked}
	case fresh:
		return due{patience: min(cold, lookUpFresh)}
	default:
		return due{patience: min(cold, lookUpStale)}
	}
}
