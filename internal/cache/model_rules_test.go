package cache_test

import (
	"slices"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// postRules are checked for every query to Rocket as it begins.
var postRules = []func(*model, *post) string{
	onlyIfCachedNeverFetches, oneFetchForTheFleet, oneFailureForTheFleet, noFetchOfWhatIsFresh, failuresBackOff,
}

// The rules for requests are checked when one has ended: of all, of those that failed, and of those with a response.
var (
	alwaysRules   = []func(*model, *request) string{noLongWait}
	failureRules  = []func(*model, *request) string{failuresHaveACause, keptEntryIsServed}
	responseRules = []func(*model, *request) string{
		hardPurgesHold, freshIsFresh, expiredIsNotServed, staleHasAReason, fetchedIsNew, noCacheRefetches,
		neverBack, neverBehindTheFleet, firstSeenIsKept,
	}
)

func onlyIfCachedNeverFetches(_ *model, p *post) string {
	return when(p.request.d.OnlyIfCached, "only-if-cached reached Rocket")
}

func oneFetchForTheFleet(m *model, p *post) string {
	for _, o := range m.rocket.journal {
		if o.about != p.about || !o.ended.IsZero() || m.mayBePurged(o) {
			continue
		}
		if o.request.by == p.request.by {
			return "one replica fetches twice at once"
		}
		before := o.began.Add(-time.Second)
		if m.calm(o.request.by, before, p.began) && m.calm(p.request.by, before, p.began) {
			return "two replicas fetch at once"
		}
	}
	return ""
}

// oneFailureForTheFleet: a waiter for a fetch of another replica gets its failure as well.
func oneFailureForTheFleet(m *model, p *post) string {
	waited := func(f *post) bool {
		return f.about == p.about && f.failed && f.request.by != p.request.by && p.request.from.Add(50*time.Millisecond).Before(f.ended) &&
			m.calm(f.request.by, f.began.Add(-time.Second), p.began) && m.calm(p.request.by, f.began.Add(-time.Second), p.began) && !m.mayBePurged(f)
	}
	return when(slices.ContainsFunc(m.rocket.journal, waited), "the failure of another replica was not shared")
}

func noFetchOfWhatIsFresh(m *model, p *post) string {
	k := m.kept(p.request, p.began)
	if k != nil && m.beganWith(k) {
		return "" // either of the two may be what the replica has
	}
	floored := k != nil && p.request.d.NoCache && p.began.Sub(k.ended) >= modelFloor
	return when(k != nil && !floored && m.fresh(k, p.began), "Rocket gets a query for a fresh entry")
}

// beganWith reports whether another replica's fetch began at the same instant.
func (m *model) beganWith(p *post) bool {
	return slices.ContainsFunc(m.rocket.journal, func(o *post) bool {
		return o != p && o.succeeded() && o.about == p.about && o.began.Sub(p.began).Abs() <= time.Millisecond
	})
}

func failuresBackOff(m *model, p *post) string {
	r, k := p.request.by, p.request.best
	if k == nil || m.mayBeDropped(k) || m.expired(k, p.began) {
		return ""
	}
	failures := 0
	var last time.Time
	for _, f := range m.rocket.journal {
		switch {
		case f.about != p.about || f.began.Before(k.began):
		case f.succeeded() && f != k:
			return "" // the replica may have had it, and another backoff with it
		case f.failed && f.request.by == r && f.request.best == k && !f.request.from.Before(k.ended):
			failures, last = failures+1, f.ended
		}
	}
	wait := min(10*time.Second, time.Second<<max(0, failures-1))
	return when(failures > 0 && p.request.from.After(last) && p.began.Sub(last) < wait, "a fetch during the backoff")
}

func noLongWait(m *model, a *request) string {
	limit := modelTimeout
	if a.d.OnlyIfCached {
		limit = 0
	} else if m.kept(a, a.to) != nil {
		limit = 2 * time.Second
	}
	return when(a.to.Sub(a.from) > limit+m.grace(a), "a long wait")
}

// grace is the delay that the links to Redis may add.
func (m *model) grace(a *request) time.Duration {
	if m.redis == nil || m.calm(a.by, a.from, a.to) {
		return 50 * time.Millisecond
	}
	return time.Second
}

func failuresHaveACause(m *model, a *request) string {
	kind := fault.Of(a.err).Kind
	if a.d.OnlyIfCached || kind == fault.CacheMiss {
		return when(!a.d.OnlyIfCached || kind != fault.CacheMiss, "the wrong failure")
	}
	return when(!m.failedSince(a.about, a.from.Add(-m.backoff()), a.to) && a.to.Sub(a.from) < modelTimeout, "Rocket works, and yet")
}

// backoff is the longest backoff after a failure.
func (m *model) backoff() time.Duration {
	if m.wentBack { // it counts once for each replica, which may see it late
		return 15 * time.Minute
	}
	return 11 * time.Second
}

func keptEntryIsServed(m *model, a *request) string {
	return when(m.kept(a, a.to) != nil, "an entry was there")
}

func hardPurgesHold(_ *model, a *request) string {
	for _, p := range a.purges {
		if p.hard && !a.source.began.After(p.at) {
			return "purged at " + p.at.Format("15:04:05.000")
		}
	}
	return ""
}

func freshIsFresh(_ *model, a *request) string {
	s := a.response.Status
	if s.Hit != (s.Fwd == "") {
		return "a hit and forwarded"
	}
	if !s.Hit || s.TTL <= 0 {
		return ""
	}
	for _, p := range a.purges {
		if !a.source.began.After(p.at) {
			return "fresh, although purged at " + p.at.Format("15:04:05.000")
		}
	}
	return when(a.to.Sub(a.source.ended) >= modelFresh+clocksOff, "fresh for too long")
}

func expiredIsNotServed(m *model, a *request) string {
	return when(m.expired(a.source, a.from), "it should have expired")
}

// staleHasAReason: a stale body is served at once while it is refreshed, for a while, or during the backoff after a failure; else
// only if Rocket has failed or was slow.
func staleHasAReason(m *model, a *request) string {
	s, age := a.response.Status, a.to.Sub(a.source.ended)
	switch {
	case s.Hit && (s.TTL > 0 || a.d.OnlyIfCached), !a.source.ended.Before(a.from), s.Collapsed && m.fresh(a.source, a.from):
		return ""
	case s.Hit:
		old := age >= modelFresh+modelSWR && !m.mayBePurged(a.source)
		return when(old && !m.failedSince(a.about, a.to.Add(-m.backoff()), a.to), "stale without a reason")
	case s.Fwd == cache.FwdMiss:
		return when(!s.Collapsed || a.from.Sub(a.source.ended) > time.Second, "an old body as a miss")
	default:
		return when(!m.failedSince(a.about, a.from.Add(-m.backoff()), a.to) && a.to.Sub(a.from) < 2*time.Second, "stale, although Rocket works")
	}
}

func fetchedIsNew(_ *model, a *request) string {
	s := a.response.Status
	return when(!s.Hit && s.FwdStatus == 200 && (a.source.request != a || a.source.ended.Before(a.from)), "not what was fetched")
}

// noCacheRefetches, unless a look-up in Redis has failed and an acquisition has not.
func noCacheRefetches(m *model, a *request) string {
	young := a.from.Sub(a.source.ended) < modelFloor
	if !a.d.NoCache || a.d.OnlyIfCached || young || a.to.Sub(a.from) >= 2*time.Second || m.redis != nil && !m.calm(a.by, a.from, a.to) {
		return ""
	}
	return when(!m.failedSince(a.about, a.from.Add(-m.backoff()), a.to), "no-cache did not refetch")
}

// neverBack, except to what was fetched on the other side of a partition, if Redis's clock jumped by more than the distance: ADR 7 orders
// the two by time.
func neverBack(m *model, a *request) string {
	if a.best == nil || !a.source.began.Before(a.best.began) || m.mayBePurged(a.best) {
		return ""
	}
	wrong := m.unseen(a.best, a.source.began) - m.unseen(a.source, a.source.began)
	return when(a.best.began.Sub(a.source.began) > wrong, "older than the last response")
}

// unseen returns how far Redis's clock had jumped by then since the replica of a fetch was connected last.
func (m *model) unseen(p *post, then time.Time) (far time.Duration) {
	since := m.awaySince(p.request.by, p.began)
	for _, j := range m.jumps {
		if !j.at.Before(since) && j.at.Before(then) {
			far += j.by
		}
	}
	return far
}

// neverBehindTheFleet: what another replica has stored is seen, at once if messages arrive, else by the request after the one that has
// the entry in memory compared.
func neverBehindTheFleet(m *model, a *request) string {
	if m.redis == nil {
		return ""
	}
	for _, p := range m.rocket.journal {
		if p.about == a.about && p.began.After(a.source.began) && m.storedForAll(p, a) && !m.mayBePurged(p) {
			quick := a.from.Sub(p.ended) > time.Second && m.calm(a.by, p.ended.Add(-20*time.Second), a.to) && !m.lossySince(p.ended)
			compared := a.by.compared[a.about].After(p.ended.Add(time.Second)) && a.from.Sub(a.by.compared[a.about]) > time.Second
			if quick || compared && m.calm(a.by, a.from.Add(-11*time.Second), a.to) {
				return "behind what was stored at " + p.ended.Format("15:04:05.000")
			}
		}
	}
	return ""
}

// firstSeenIsKept over identical refetches.
func firstSeenIsKept(m *model, a *request) string {
	seen := a.response.Entry.FirstSeen.Add(-a.by.skew)
	var first *post
	known, calm := false, true
	for _, p := range m.rocket.journal {
		if p.succeeded() && p.about == a.source.about && p.version == a.source.version {
			if first == nil {
				first = p
			}
			known = known || p.ended.Sub(seen).Abs() <= clocksOff
			calm = calm && (m.redis == nil && p.request.by == a.by || m.calm(p.request.by, p.began.Add(-time.Second), p.ended.Add(time.Second)))
		}
	}
	strict := calm && (m.redis == nil || first == a.source || m.storedForAll(first, a)) && !m.mayBePurged(first) && !m.expired(first, a.to)
	wrong := !known || seen.After(a.source.ended.Add(clocksOff)) || strict && first.ended.Sub(seen).Abs() > clocksOff
	return when(wrong, "the wrong first-seen time")
}

// kept returns what must have been cached for a request from its beginning until then, or nil: what its replica has
// served or fetched before, or what another has stored for all.
func (m *model) kept(a *request, until time.Time) *post {
	for _, p := range slices.Backward(m.rocket.journal) {
		own := p == a.best || p.succeeded() && p.request.by == a.by && a.from.Sub(p.ended) > time.Second
		if p.about == a.about && (own || m.storedForAll(p, a)) && !m.mayBeDropped(p) && !m.expired(p, until) {
			return p
		}
	}
	return nil
}

// storedForAll reports whether the replica of a request must have found an entry in Redis.
func (m *model) storedForAll(p *post, a *request) bool {
	if !p.succeeded() || a.from.Sub(p.ended) <= time.Second || !m.calm(p.request.by, p.began.Add(-time.Second), p.ended.Add(time.Second)) {
		return false
	}
	lost := slices.ContainsFunc(m.outages, func(s span) bool { return s.to.IsZero() || s.to.After(p.began) })
	return !lost && m.calm(a.by, a.from.Add(-time.Second), time.Now())
}

func (m *model) fresh(p *post, at time.Time) bool {
	return at.Sub(p.ended) < modelFresh-modelFresh/64 && !m.mayBePurged(p)
}

func (m *model) expired(p *post, at time.Time) bool { return at.Sub(p.ended) >= modelFresh+modelSIE }

// mayHit reports whether a purge may hit what was fetched: it does unless the replica knew of it when the fetch began.
func (m *model) mayHit(u *modelPurge, p *post) bool {
	return slices.Contains(u.hits, p.about) && !p.knew[u]
}

func (m *model) mayBePurged(p *post) bool {
	return slices.ContainsFunc(m.purges, func(u *modelPurge) bool { return m.mayHit(u, p) })
}

// mayBeDropped: a hard purge ends an entry, and a purge that comes during the fetch keeps it from being stored.
func (m *model) mayBeDropped(p *post) bool {
	return slices.ContainsFunc(m.purges, func(u *modelPurge) bool {
		return m.mayHit(u, p) && (u.hard || u.at.Before(p.ended.Add(purgeLag)))
	})
}

func (m *model) failedSince(about string, from, to time.Time) bool {
	return slices.ContainsFunc(m.rocket.journal, func(p *post) bool {
		return p.about == about && p.failed && !p.ended.Before(from) && !p.ended.After(to)
	})
}

func (m *model) lossySince(from time.Time) bool {
	return slices.ContainsFunc(m.lossy, func(s span) bool { return s.to.IsZero() || s.to.After(from) })
}

func when(wrong bool, what string) string {
	if wrong {
		return what
	}
	return ""
}
