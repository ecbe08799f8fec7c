package cache_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

var modelSteps = flag.Int("model.steps", 40, "the most steps of a walk through the model")

// step is something that may happen.
type step struct {
	name string
	run  func(*rapid.T, *model)
}

// GoString is how rapid shows it.
func (s step) GoString() string { return s.name }

// Frequent steps are listed several times.
var (
	stepsOfOne = []step{
		{"request", requestStep}, {"request", requestStep}, {"request", requestStep},
		{"request in the background", backgroundStep}, {"burst", burstStep}, {"hammer", hammerStep},
		{"wait", waitStep}, {"wait", waitStep}, {"wait", waitStep},
		{"Rocket", rocketStep}, {"Rocket", rocketStep}, {"change", changeStep},
		{"purge", purgeStep}, {"purge", purgeStep}, {"restart", restartStep},
	}
	stepsOfAFleet = append([]step{
		{"burst", burstStep}, {"link", linkStep}, {"link", linkStep}, {"mend", mendStep}, {"mend", mendStep},
		{"kill", killStep}, {"flush", flushStep}, {"full", fullStep}, {"lossy", lossyStep}, {"failover", failoverStep}, {"holder", holderStep},
		{"snapshot", snapshotStep}, {"lost writes", lostWritesStep}, {"lost writes", lostWritesStep}, {"evict", evictStep},
	}, stepsOfOne...)
)

func (m *model) someReplica(rt *rapid.T) *modelReplica {
	return m.replicas[rapid.IntRange(0, len(m.replicas)-1).Draw(rt, "replica")]
}

func someQuery(rt *rapid.T) string { return rapid.SampledFrom(modelQueries).Draw(rt, "about") }

func someDirectives(rt *rapid.T) cache.Directives {
	return rapid.SampledFrom([]cache.Directives{
		{}, {}, {}, {}, {NoCache: true}, {NoCache: true}, {OnlyIfCached: true}, {NoCache: true, OnlyIfCached: true},
	}).Draw(rt, "directives")
}

func someSeconds(rt *rapid.T) time.Duration {
	return rapid.SampledFrom([]time.Duration{
		100 * time.Millisecond, time.Second, 1600 * time.Millisecond, 5 * time.Second, 11 * time.Second, 29 * time.Second,
		31 * time.Second, time.Minute, 2 * time.Minute, 200 * time.Second,
	}).Draw(rt, "wait")
}

func requestStep(rt *rapid.T, m *model) {
	m.request(m.someReplica(rt), someQuery(rt), someDirectives(rt))
}

func backgroundStep(rt *rapid.T, m *model) {
	r, about, d := m.someReplica(rt), someQuery(rt), someDirectives(rt)
	m.sending.Go(func() { m.request(r, about, d) })
}

// burstStep sends one query to all replicas at once.
func burstStep(rt *rapid.T, m *model) {
	about, d := someQuery(rt), someDirectives(rt)
	var all sync.WaitGroup
	for _, r := range m.replicas {
		for range 2 {
			all.Go(func() { m.request(r, about, d) })
		}
	}
	all.Wait()
}

// hammerStep sends one query without pause.
func hammerStep(rt *rapid.T, m *model) {
	about := someQuery(rt)
	for n := range 30 {
		m.request(m.replicas[n%len(m.replicas)], about, cache.Directives{})
		time.Sleep(300 * time.Millisecond)
	}
}

func waitStep(rt *rapid.T, _ *model) { time.Sleep(someSeconds(rt)) }

func rocketStep(rt *rapid.T, m *model) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.log(allQueries, "Rocket is down: %v, slow: %s", m.rocket.down, m.rocket.slow) }()
	m.rocket.down = rapid.Bool().Draw(rt, "down")
	m.rocket.slow = time.Duration(rapid.SampledFrom([]int{0, 0, 100, 1000, 3000, 5000, 20000}).Draw(rt, "slow")) * time.Millisecond
}

func changeStep(rt *rapid.T, m *model) {
	about := someQuery(rt)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rocket.versions[about]++
}

// purgeStep keeps half a millisecond from whatever else happens: what comes first must be clear.
func purgeStep(rt *rapid.T, m *model) {
	r, p := m.someReplica(rt), cache.Purge{Hard: rapid.Bool().Draw(rt, "hard")}
	var hits []string
	switch rapid.SampledFrom([]string{"query", "tag", "all"}).Draw(rt, "names") {
	case "query":
		hits = []string{someQuery(rt)}
		p.Queries = []query.Query{*modelQuery(hits[0])}
	case "tag":
		p.Tags, hits = []string{"customer:c-1"}, []string{"", "c-1"} // without a customer it is about all of them
	default:
		p.All, hits = true, modelQueries
	}
	time.Sleep(500 * time.Microsecond)
	record := &modelPurge{at: time.Now(), hard: p.Hard, hits: hits, known: map[*modelReplica]bool{r: true}, absent: map[*modelReplica]bool{}}
	m.mu.Lock()
	m.purges = append(m.purges, record)
	m.log(allQueries, "purge by %s of %q, hard: %v", r.name, hits, p.Hard)
	m.mu.Unlock()
	err := r.cache.Purge(context.Background(), p)
	m.mu.Lock()
	m.log(allQueries, "purged: %v", err)
	if err == nil {
		m.stored(record, r)
	}
	m.mu.Unlock()
	time.Sleep(500 * time.Microsecond)
}

// shareTheClock waits until Redis knows how far its clock has been set back: ADR 7 excepts replicas that start before a replica that has
// seen that is connected.
func (m *model) shareTheClock() {
	if m.redis == nil || m.unsharedLag() <= clocksOff {
		return
	}
	m.mend()
	time.Sleep(recovery + purgeLag)
	if lag := m.unsharedLag(); lag > clocksOff { // no replica that has seen it is left
		m.ahead -= lag
	}
}

// unsharedLag returns how far Redis's order of now is behind the latest that replicas may have seen.
func (m *model) unsharedLag() time.Duration { return m.ahead + m.redis.back - m.lag() }

// lag returns how far Redis's clock has been set back, as Redis knows it.
func (m *model) lag() time.Duration {
	lag, _ := strconv.Atoi(m.redis.HGet(recordKey, "lag"))
	return time.Duration(lag) * time.Microsecond
}

// restartStep ends a replica as an operator does, and starts another in its place.
func restartStep(rt *rapid.T, m *model) {
	m.shareTheClock()
	n := rapid.IntRange(0, len(m.replicas)-1).Draw(rt, "replica")
	if err := m.replicas[n].end(); err != nil {
		m.fail(err.Error())
	}
	m.replace(n)
}

// killStep has a replica vanish: no caller uses it any more.
func killStep(rt *rapid.T, m *model) {
	m.shareTheClock()
	n := rapid.IntRange(0, len(m.replicas)-1).Draw(rt, "replica")
	m.replicas[n].connect(true, false)
	m.outage(m.replicas[n])
	m.ended = append(m.ended, m.replicas[n])
	m.replace(n)
}

// holderStep has a replica lose Redis while it fetches, for longer than its lease lives, and return with what it fetched.
func holderStep(rt *rapid.T, m *model) {
	mendStep(rt, m)
	r, about := m.someReplica(rt), someQuery(rt)
	m.pace(5 * time.Second)
	m.sending.Go(func() { m.request(r, about, cache.Directives{NoCache: true}) })
	time.Sleep(100 * time.Millisecond)
	r.connect(true, false)
	m.outage(r)
	m.pace(0)
	time.Sleep(someSeconds(rt))
	m.request(m.someReplica(rt), about, cache.Directives{})
	mendStep(rt, m)
}

func (m *model) pace(slow time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rocket.slow = slow
	m.log(allQueries, "Rocket is down: %v, slow: %s", m.rocket.down, slow)
}

func (m *model) replace(n int) {
	r := m.start(m.replicas[n].skew)
	if r.skew != 0 || m.redis != nil && (m.redis.back != 0 || m.ahead != 0) {
		time.Sleep(10 * time.Millisecond) // until it has seen Redis's clock it has no other than its own
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log(allQueries, "%s is replaced by %s", m.replicas[n].name, r.name)
	for _, p := range m.purges {
		p.known[r], p.absent[r] = p.outlives, p.outlives
	}
	m.replicas[n] = r
}

func (m *model) outage(r *modelReplica) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log(allQueries, "the link of %s: cut %v, silent %v", r.name, r.commands.cut, r.commands.silent)
	r.outages = append(r.outages, span{from: time.Now()})
}

// linkStep cuts one replica off, or all, or makes their connections hang.
func linkStep(rt *rapid.T, m *model) {
	silent, all := rapid.Bool().Draw(rt, "silent"), rapid.Bool().Draw(rt, "all")
	r := m.someReplica(rt)
	for _, other := range m.replicas {
		if all || other == r {
			other.connect(!silent, silent)
			m.outage(other)
		}
	}
}

// mendStep ends whatever is wrong with Redis.
func mendStep(_ *rapid.T, m *model) { m.mend() }

func (m *model) mend() {
	m.redis.set(func() { m.redis.full, m.redis.lossy = false, false })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log(allQueries, "mended")
	end(m.outages)
	end(m.lossy)
	for _, r := range m.replicas {
		r.connect(false, false)
		end(r.outages)
	}
}

func end(outages []span) {
	for i := range outages {
		if outages[i].to.IsZero() {
			outages[i].to = time.Now()
		}
	}
}

func flushStep(_ *rapid.T, m *model) {
	m.lose("flushed", time.Time{})
	m.redis.FlushAll()
}

// lose records that Redis has lost what was written since an instant.
func (m *model) lose(what string, since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log(allQueries, "%s", what)
	m.outages = append(m.outages, span{time.Now(), time.Now()})
	for _, p := range m.purges {
		if p.shared.After(since) {
			p.shared = time.Time{}
		}
		if p.direct.After(since) {
			p.direct = time.Time{}
		}
	}
	for _, p := range m.rocket.journal {
		clear(p.knew) // what is purged on both sides of a failover is purged once more
	}
}

// snapshotStep has the replica of Redis fall behind from here on.
func snapshotStep(_ *rapid.T, m *model) {
	m.mu.Lock()
	m.behindSince = time.Now()
	m.log(allQueries, "the replica of Redis falls behind")
	m.mu.Unlock()
	m.behind = m.redis.snapshot()
}

// lostWritesStep promotes the replica of Redis. All that was written since it fell behind is lost.
func lostWritesStep(_ *rapid.T, m *model) {
	if m.behindSince.IsZero() {
		return
	}
	m.lose("a failover loses what was written since "+m.behindSince.Format("15:04:05.000"), m.behindSince)
	m.redis.restore(m.behind)
	m.mu.Lock()
	for _, p := range m.purges {
		if p.at.Before(m.behindSince) {
			continue
		}
		p.outlives = false // Redis has a record without it
		for r := range p.absent {
			p.known[r] = p.known[r] && !p.absent[r]
		}
	}
	m.mu.Unlock()
	for _, r := range m.replicas {
		if cut, silent := r.commands.state(); !cut && !silent {
			r.connect(true, false)
			r.connect(false, false)
		}
	}
}

// evictStep has Redis evict the entries or the record of the purges. All replicas may end before it is there again.
func evictStep(rt *rapid.T, m *model) {
	record := rapid.Bool().Draw(rt, "record")
	m.lose(fmt.Sprintf("evicted, the record of purges: %v", record), time.Now())
	for _, key := range m.redis.Keys() {
		if record == (key == "test:purges2") {
			m.redis.Del(key)
		}
	}
	if !record {
		return
	}
	m.mu.Lock()
	for _, p := range m.purges {
		ignorant := func(r *modelReplica) bool { return !m.knows(r, p) } // it writes the record again without the purge
		p.outlives = p.outlives || !p.shared.IsZero() && !slices.ContainsFunc(m.replicas, ignorant)
		p.shared, p.direct = time.Time{}, time.Time{}
	}
	m.mu.Unlock()
	if m.unsharedLag() > clocksOff {
		time.Sleep(1100 * time.Millisecond) // until the replicas have written how far its clock is behind
	}
}

func fullStep(_ *rapid.T, m *model) {
	m.mu.Lock()
	m.log(allQueries, "full")
	m.outages = append(m.outages, span{from: time.Now()})
	m.mu.Unlock()
	m.redis.set(func() { m.redis.full = true })
}

// failoverStep puts another Redis in the place of the one there was, with a clock of its own. One that is off by more than is
// tolerated has nothing of what was stored, and gets nothing until every replica has seen its clock: ages would be wrong.
func failoverStep(rt *rapid.T, m *model) {
	back := time.Duration(rapid.SampledFrom([]int{0, 0, -4, -4, 4, -300, 300}).Draw(rt, "back")) * time.Second
	if m.replicas[2].skew != 0 {
		back = back.Truncate(time.Minute) // what is tolerated of each adds up
	}
	var before time.Duration
	m.redis.set(func() { before = m.redis.back })
	far := max(back.Abs(), before.Abs()) > 4*time.Second
	if far {
		mendStep(rt, m)
		m.sending.Wait()
		time.Sleep(2 * modelTimeout) // what runs in the background ends
	}
	m.redis.set(func() { m.redis.back = back })
	m.ahead = max(m.ahead, m.lag()-back)
	m.mu.Lock()
	m.wentBack = m.wentBack || back > before
	if back < before {
		m.jumps = append(m.jumps, jump{time.Now(), before - back})
	}
	if back != before {
		m.behindSince = time.Time{} // by another clock, ages of what it has would be wrong
	}
	m.mu.Unlock()
	if far {
		flushStep(rt, m)
	}
	m.mu.Lock()
	m.log(allQueries, "Redis's clock is behind by %s", back)
	m.mu.Unlock()
	time.Sleep(recovery) // a failover takes longer
}

// lossyStep has Redis lose messages: they save time, and nothing relies on them.
func lossyStep(_ *rapid.T, m *model) {
	m.mu.Lock()
	m.log(allQueries, "messages are lost")
	m.lossy = append(m.lossy, span{from: time.Now()})
	m.mu.Unlock()
	m.redis.set(func() { m.redis.lossy = true })
}

func (a *request) String() string {
	at := func(t time.Time) string { return t.Format("15:04:05.000") }
	s := fmt.Sprintf("%s for %q at %s", a.by.name, a.about, at(a.from))
	if a.d.NoCache || a.d.OnlyIfCached {
		s += fmt.Sprintf(" no-cache %t, only-if-cached %t", a.d.NoCache, a.d.OnlyIfCached)
	}
	switch {
	case a.to.IsZero():
		return s
	case a.err != nil:
		return fmt.Sprintf("%s, at %s: %v", s, at(a.to), a.err)
	default:
		e := a.response.Entry
		return fmt.Sprintf("%s, at %s: %s %s fetched %s, first seen %s", s, at(a.to), a.response.Status, e.Body, at(e.FetchedAt), at(e.FirstSeen))
	}
}
