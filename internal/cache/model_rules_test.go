package cache_test

import (
	"slices"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// postRules are held against every query to Rocket as it begins.
var postRules = []func(*model, *post) string{onlyIfCachedAsksNobody, oneFetchForTheFleet, oneFailureForTheFleet, noFetchOfWhatIsFresh, failuresPause}

// The rules for requests are held against each when it has ended: all of them, those that failed, and those with an answer.
var (
	alwaysRules  = []func(*model, *ask) string{nobodyWaitsLong}
	failureRules = []func(*model, *ask) string{failuresHaveACause, whatIsKeptStandsIn}
	answerRules  = []func(*model, *ask) string{
		hardPurgesHold, freshIsFresh, goneIsGone, staleHasAReason, fetchedIsNew, noCacheIsHeard, neverBack, neverBehindTheFleet, firstSeenIsKept,
	}
)

func onlyIfCachedAsksNobody(_ *model, p *post) string {
	return when(p.ask.d.OnlyIfCached, "only-if-cached reached Rocket")
}

func oneFetchForTheFleet(m *model, p *post) string {
	for _, o := range m.rocket.journal {
		if o.about != p.about || !o.ended.IsZero() || m.mayBePurged(o) {
			continue
		}
		if o.ask.by == p.ask.by {
			return "one replica asks twice at once"
		}
		before := o.began.Add(-time.Second)
		if m.calm(o.ask.by, before, p.began) && m.calm(p.ask.by, before, p.began) {
			return "two replicas ask at once"
		}
	}
	return ""
}

// oneFailureForTheFleet: who waits for a fetch of another replica takes its failure as well.
func oneFailureForTheFleet(m *model, p *post) string {
	waited := func(f *post) bool {
		return f.about == p.about && f.failed && f.ask.by != p.ask.by && p.ask.from.Add(50*time.Millisecond).Before(f.ended) &&
			m.calm(f.ask.by, f.began.Add(-time.Second), p.began) && m.calm(p.ask.by, f.began.Add(-time.Second), p.began) && !m.mayBePurged(f)
	}
	return when(slices.ContainsFunc(m.rocket.journal, waited), "the failure of another replica was not shared")
}

func noFetchOfWhatIsFresh(m *model, p *post) string {
	k := m.kept(p.ask, p.began)
	if k != nil && m.beganWith(k) {
		return "" // either of the two may be what the replica has
	}
	floored := k != nil && p.ask.d.NoCache && p.began.Sub(k.ended) >= modelFloor
	return when(k != nil && !floored && m.fresh(k, p.began), "Rocket is asked for what is fresh")
}

// beganWith reports whether another replica's fetch began at the same instant.
func (m *model) beganWith(p *post) bool {
	return slices.ContainsFunc(m.rocket.journal, func(o *post) bool {
		return o != p && o.given() && o.about == p.about && o.began.Sub(p.began).Abs() <= time.Millisecond
	})
}

func failuresPause(m *model, p *post) string {
	r, k := p.ask.by, p.ask.best
	if k == nil || m.mayBeDropped(k) || m.gone(k, p.began) {
		return ""
	}
	failures := 0
	var last time.Time
	for _, f := range m.rocket.journal {
		switch {
		case f.about != p.about || f.began.Before(k.began):
		case f.given() && f != k:
			return "" // the replica may have had it, and another pause with it
		case f.failed && f.ask.by == r && f.ask.best == k && !f.ask.from.Before(k.ended):
			failures, last = failures+1, f.ended
		}
	}
	pause := min(10*time.Second, time.Second<<max(0, failures-1))
	return when(failures > 0 && p.ask.from.After(last) && p.began.Sub(last) < pause, "Rocket failed a moment ago and is asked again")
}

func nobodyWaitsLong(m *model, a *ask) string {
	limit := modelTimeout
	if a.d.OnlyIfCached {
		limit = 0
	} else if m.kept(a, a.to) != nil {
		limit = 2 * time.Second
	}
	return when(a.to.Sub(a.from) > limit+m.grace(a), "a long wait")
}

// grace is what the ways to Redis may add.
func (m *model) grace(a *ask) time.Duration {
	if m.redis == nil || m.calm(a.by, a.from, a.to) {
		return 50 * time.Millisecond
	}
	return time.Second
}

func failuresHaveACause(m *model, a *ask) string {
	kind := fault.Of(a.err).Kind
	if a.d.OnlyIfCached || kind == fault.CacheMiss {
		return when(!a.d.OnlyIfCached || kind != fault.CacheMiss, "the wrong failure")
	}
	return when(!m.failedSince(a.about, a.from.Add(-m.held()), a.to) && a.to.Sub(a.from) < modelTimeout, "Rocket works, and yet")
}

// held is how long a failure holds attempts back.
func (m *model) held() time.Duration {
	if m.wentBack { // it counts once for each replica, which may see it late
		return 15 * time.Minute
	}
	return 11 * time.Second
}

func whatIsKeptStandsIn(m *model, a *ask) string {
	return when(m.kept(a, a.to) != nil, "an answer was there")
}

func hardPurgesHold(_ *model, a *ask) string {
	for _, p := range a.purges {
		if p.hard && !a.source.began.After(p.at) {
			return "purged at " + p.at.Format("15:04:05.000")
		}
	}
	return ""
}

func freshIsFresh(_ *model, a *ask) string {
	s := a.answer.Status
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

func goneIsGone(m *model, a *ask) string { return when(m.gone(a.source, a.from), "it should be gone") }

// staleHasAReason: a stale body is given at once while it is refreshed, for a while, or while Rocket has just failed; else
// only where Rocket has failed or was slow.
func staleHasAReason(m *model, a *ask) string {
	s, age := a.answer.Status, a.to.Sub(a.source.ended)
	switch {
	case s.Hit && (s.TTL > 0 || a.d.OnlyIfCached), !a.source.ended.Before(a.from), s.Collapsed && m.fresh(a.source, a.from):
		return ""
	case s.Hit:
		return when(age >= modelFresh+modelSWR && !m.mayBePurged(a.source) && !m.failedSince(a.about, a.to.Add(-m.held()), a.to), "stale without a reason")
	case s.Fwd == cache.FwdMiss:
		return when(!s.Collapsed || a.from.Sub(a.source.ended) > time.Second, "an old body, and no word of it")
	default:
		return when(!m.failedSince(a.about, a.from.Add(-m.held()), a.to) && a.to.Sub(a.from) < 2*time.Second, "stale, although Rocket works")
	}
}

func fetchedIsNew(_ *model, a *ask) string {
	s := a.answer.Status
	return when(!s.Hit && s.FwdStatus == 200 && (a.source.ask != a || a.source.ended.Before(a.from)), "not what was fetched")
}

// noCacheIsHeard, but where a look into Redis has failed and a claim has not.
func noCacheIsHeard(m *model, a *ask) string {
	young := a.from.Sub(a.source.ended) < modelFloor
	if !a.d.NoCache || a.d.OnlyIfCached || young || a.to.Sub(a.from) >= 2*time.Second || m.redis != nil && !m.calm(a.by, a.from, a.to) {
		return ""
	}
	return when(!m.failedSince(a.about, a.from.Add(-m.held()), a.to), "no-cache was not heard")
}

func neverBack(m *model, a *ask) string {
	return when(a.best != nil && a.source.began.Before(a.best.began) && !m.mayBePurged(a.best), "older than the last answer")
}

// neverBehindTheFleet: what another replica has stored is seen, at once where messages arrive, else by the request after the one that has
// the copy in memory compared.
func neverBehindTheFleet(m *model, a *ask) string {
	if m.redis == nil {
		return ""
	}
	for _, p := range m.rocket.journal {
		if p.about == a.about && p.began.After(a.source.began) && m.storedForAll(p, a) && !m.mayBePurged(p) {
			quick := a.from.Sub(p.ended) > time.Second && m.calm(a.by, p.ended.Add(-20*time.Second), a.to) && !m.deafSince(p.ended)
			looked := a.by.asked[a.about].After(p.ended.Add(time.Second)) && a.from.Sub(a.by.asked[a.about]) > time.Second
			if quick || looked && m.calm(a.by, a.from.Add(-11*time.Second), a.to) {
				return "behind what was stored at " + p.ended.Format("15:04:05.000")
			}
		}
	}
	return ""
}

// firstSeenIsKept over identical refetches.
func firstSeenIsKept(m *model, a *ask) string {
	seen := a.answer.Entry.FirstSeen.Add(-a.by.skew)
	var first *post
	known, calm := false, true
	for _, p := range m.rocket.journal {
		if p.given() && p.about == a.source.about && p.version == a.source.version {
			if first == nil {
				first = p
			}
			known = known || p.ended.Sub(seen).Abs() <= clocksOff
			calm = calm && (m.redis == nil && p.ask.by == a.by || m.calm(p.ask.by, p.began.Add(-time.Second), p.ended.Add(time.Second)))
		}
	}
	strict := calm && (m.redis == nil || first == a.source || m.storedForAll(first, a)) && !m.mayBePurged(first) && !m.gone(first, a.to)
	return when(!known || seen.After(a.source.ended.Add(clocksOff)) || strict && first.ended.Sub(seen).Abs() > clocksOff, "the wrong time of the first sight")
}

// kept returns what must have been at hand for a request from its beginning until then, or nil: what its replica has
// answered with or fetched before, or what another has stored for all.
func (m *model) kept(a *ask, until time.Time) *post {
	for _, p := range slices.Backward(m.rocket.journal) {
		own := p == a.best || p.given() && p.ask.by == a.by && a.from.Sub(p.ended) > time.Second
		if p.about == a.about && (own || m.storedForAll(p, a)) && !m.mayBeDropped(p) && !m.gone(p, until) {
			return p
		}
	}
	return nil
}

// storedForAll reports whether the replica of a request must have found an answer in Redis.
func (m *model) storedForAll(p *post, a *ask) bool {
	if !p.given() || a.from.Sub(p.ended) <= time.Second || !m.calm(p.ask.by, p.began.Add(-time.Second), p.ended.Add(time.Second)) {
		return false
	}
	lost := slices.ContainsFunc(m.troubles, func(s span) bool { return s.to.IsZero() || s.to.After(p.began) })
	return !lost && m.calm(a.by, a.from.Add(-time.Second), time.Now())
}

func (m *model) fresh(p *post, at time.Time) bool {
	return at.Sub(p.ended) < modelFresh-modelFresh/64 && !m.mayBePurged(p)
}

func (m *model) gone(p *post, at time.Time) bool { return at.Sub(p.ended) >= modelFresh+modelSIE }

// mayHit reports whether a purge may hit what was fetched: it does unless the replica knew of it when the fetch began.
func (m *model) mayHit(u *modelPurge, p *post) bool {
	return slices.Contains(u.hits, p.about) && !p.knew[u]
}

func (m *model) mayBePurged(p *post) bool {
	return slices.ContainsFunc(m.purges, func(u *modelPurge) bool { return m.mayHit(u, p) })
}

// mayBeDropped: a hard purge ends an answer, and a purge that comes during the fetch keeps it from being stored.
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

func (m *model) deafSince(from time.Time) bool {
	return slices.ContainsFunc(m.deaf, func(s span) bool { return s.to.IsZero() || s.to.After(from) })
}

func when(wrong bool, what string) string {
	if wrong {
		return what
	}
	return ""
}
