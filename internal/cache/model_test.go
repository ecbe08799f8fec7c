package cache_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// A walk goes at random through time, failures, purges, directives, restarts and losses, and every response and every query
// that reaches Rocket is checked by the rules (model_rules_test.go), which know the outside alone: what Rocket returned when,
// what was purged when, and what was wrong when. More walks, or longer ones:
//
//	go test ./internal/cache -run 'TestModel' -rapid.checks 10000 -timeout 1h
//	go test ./internal/cache -run 'TestModel' -model.steps 500

const (
	modelFresh   = time.Minute
	modelSWR     = 30 * time.Second
	modelSIE     = 2 * time.Minute
	modelFloor   = 10 * time.Second
	modelTimeout = 8 * time.Second
)

// model is what is known from outside.
type model struct {
	redis *modelRedis // nil: memory alone

	mu       sync.Mutex // guards the rest, and what the parts hold
	wrong    string     // the first violation of a rule
	about    string     // the query then
	history  []event
	rocket   *modelRocket    // the queries that reached Rocket
	replicas []*modelReplica // those that run
	purges   []*modelPurge
	outages  []span // of Redis as a whole
	lossy    []span // when messages were lost

	sending sync.WaitGroup
	ended   []*modelReplica // to be closed at the end of the walk

	wentBack bool          // Redis's clock, once; guarded by mu
	ahead    time.Duration // of our clock: the most of Redis's order of now that a replica may have seen
	jumps    []jump        // of Redis's clock; guarded by mu

	behind      snapshot  // what the replica of Redis has
	behindSince time.Time // guarded by mu
	lives       int
}

// modelReplica is one life of a replica: a restart begins another.
type modelReplica struct {
	*links   // to Redis
	name     string
	cache    *cache.Cache
	shared   *fleet.Redis
	skew     time.Duration        // of its clock
	outages  []span               // of its link to Redis
	best     map[string]*post     // what it has served and stored
	compared map[string]time.Time // when a request compared with Redis for certain
	requests sync.WaitGroup
}

// request is one request of a caller.
type request struct {
	by       *modelReplica
	about    string
	d        cache.Directives
	from, to time.Time
	best     *post         // what its replica had served before
	purges   []*modelPurge // that the replica had to know of before

	response cache.Response
	err      error
	source   *post // of the body
}

// modelPurge is one purge.
type modelPurge struct {
	at     time.Time
	hard   bool
	hits   []string  // the queries that it names
	shared time.Time // since when Redis has it for certain; zero: it has not
	known  map[*modelReplica]bool

	outlives bool                   // the record of it was evicted, so that what is in Redis counts as purged
	direct   time.Time              // since when Redis has it from a replica that got the purge itself; zero: it has not
	absent   map[*modelReplica]bool // these know of it only because they found no record
}

// event is something that happened to a query, or to all.
type event struct{ about, text string }

const allQueries = "*"

// span is a time in which something was wrong; it has not ended if to is zero.
type span struct{ from, to time.Time }

// jump is one forward of Redis's clock.
type jump struct {
	at time.Time
	by time.Duration
}

func newModel(redis *modelRedis, skews ...time.Duration) *model {
	m := &model{redis: redis}
	m.rocket = &modelRocket{mu: &m.mu, versions: map[string]int{}, watch: m.begun, log: m.log}
	for _, skew := range skews {
		m.replicas = append(m.replicas, m.start(skew))
	}
	return m
}

// start begins the life of a replica.
func (m *model) start(skew time.Duration) *modelReplica {
	m.lives++
	r := &modelReplica{name: fmt.Sprint("replica ", m.lives), skew: skew, best: map[string]*post{}, compared: map[string]time.Time{}}
	o := options(nil)
	o.Origin, o.FetchTimeout, o.RefreshFloor = m.rocket, modelTimeout, modelFloor
	o.Policy.Open, o.Policy.StaleWhileRevalidate, o.Policy.StaleIfError = modelFresh, modelSWR, modelSIE
	o.Now = func() time.Time { return time.Now().Add(r.skew) }
	if m.redis != nil {
		r.links = newLinks(m.redis)
		r.shared = r.connection(o.Log)
		o.Redis = r.shared
	}
	c, err := cache.New(o)
	if err != nil {
		panic(err)
	}
	r.cache = c
	return r
}

// end is what a SIGTERM does.
func (r *modelReplica) end() error {
	r.requests.Wait()
	err := r.cache.Close(context.Background())
	if r.shared != nil {
		_ = r.shared.Close()
	}
	return err
}

// close ends the walk.
func (m *model) close() {
	m.sending.Wait()
	time.Sleep(time.Minute) // what runs in the background ends
	for _, r := range append(slices.Clone(m.replicas), m.ended...) {
		if err := r.end(); err != nil {
			m.fail(err.Error())
		}
	}
	if m.redis != nil {
		time.Sleep(2 * time.Second) // go-redis tries to dial for a while after its end
		m.redis.Close()
	}
}

func (m *model) fail(wrong string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.violate(allQueries, wrong)
}

// violate records the first violation; the caller holds the lock.
func (m *model) violate(about, wrong string) {
	if m.wrong == "" {
		m.wrong, m.about = wrong, about
	}
}

// log adds what happened to a query, or to all, to the history; the caller holds the lock.
func (m *model) log(about, format string, args ...any) {
	m.history = append(m.history, event{about, time.Now().Format("15:04:05.000 ") + fmt.Sprintf(format, args...)})
}

// report returns the history of the query that violated a rule.
func (m *model) report() string {
	report := m.wrong
	for _, e := range m.history {
		if e.about == m.about || e.about == allQueries {
			report += "\n" + e.text
		}
	}
	return report
}

// begun checks every post as it begins, under the lock.
func (m *model) begun(p *post) {
	m.log(p.about, "POST %q by %s", p.about, p.request.by.name)
	p.knew = map[*modelPurge]bool{}
	for _, u := range m.purges {
		p.knew[u] = m.knows(p.request.by, u) && !u.shared.IsZero()
	}
	for _, rule := range postRules {
		if wrong := rule(m, p); wrong != "" {
			m.violate(p.about, fmt.Sprintf("%s: a query about %q, for %s", wrong, p.about, p.request))
		}
	}
}

// request sends one request and checks the response.
func (m *model) request(r *modelReplica, about string, d cache.Directives) {
	a := m.prepare(r, about, d)
	r.requests.Add(1)
	defer r.requests.Done()
	a.response, a.err = r.cache.Get(context.WithValue(context.Background(), requestKey{}, a), modelQuery(about), modelQuery(about).Key(), d)
	m.mu.Lock()
	defer m.mu.Unlock()
	a.to = time.Now()
	m.judge(a)
	if a.from.Sub(r.compared[about]) > 6*time.Second {
		r.compared[about] = a.from
	}
}

func (m *model) prepare(r *modelReplica, about string, d cache.Directives) *request {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := &request{by: r, about: about, d: d, from: time.Now(), best: r.best[about]}
	for _, p := range m.purges {
		if m.knows(r, p) && slices.Contains(p.hits, about) {
			a.purges = append(a.purges, p)
		}
	}
	return a
}

func (m *model) judge(a *request) {
	if a.err != nil || !a.response.Status.Hit || a.response.Status.TTL < 0 || a.response.Status.Tier != "memory" {
		m.log(a.about, "request: %s", a)
	}
	if a.err == nil {
		if a.source = m.sourceOf(a); a.source == nil {
			m.violate(a.about, fmt.Sprintf("Rocket never returned this: %s", a))
			return
		}
	}
	rules := responseRules
	if a.err != nil {
		rules = failureRules
	}
	for _, rule := range append(slices.Clone(alwaysRules), rules...) {
		if wrong := rule(m, a); wrong != "" {
			m.violate(a.about, fmt.Sprintf("%s: %s", wrong, a))
		}
	}
	if a.err == nil && (a.by.best[a.about] == nil || a.source.began.After(a.by.best[a.about].began)) {
		a.by.best[a.about] = a.source
	}
}

// sourceOf finds the post that the body came from; of several that ended at once, the request's own, or the last.
func (m *model) sourceOf(a *request) (source *post) {
	about, version, err := parseBody(a.response.Entry.Body)
	if err != nil || about != a.about {
		return nil
	}
	off := func(p *post) time.Duration { return p.ended.Sub(a.response.Entry.FetchedAt.Add(-a.by.skew)).Abs() }
	for _, p := range m.rocket.journal {
		if !p.succeeded() || p.about != about || p.version != version || off(p) > clocksOff {
			continue
		}
		if source == nil || off(p) < off(source) || off(p) == off(source) && source.request != a {
			source = p
		}
	}
	return source
}

// clocksOff is the largest error of a conversion from one clock to another.
const clocksOff = 20 * time.Millisecond

// knows reports whether a replica has to know of a purge by now. It never forgets one, and writes it to Redis.
func (m *model) knows(r *modelReplica, p *modelPurge) bool {
	now := time.Now()
	calm := func(r *modelReplica) bool { return m.calm(r, now.Add(-purgeLag), now) }
	for _, other := range m.replicas {
		if p.known[other] && calm(other) {
			m.stored(p, other)
		}
	}
	if !p.shared.IsZero() && now.Sub(p.shared) >= purgeLag && calm(r) {
		if direct := !p.direct.IsZero() && now.Sub(p.direct) >= purgeLag; direct || !p.known[r] {
			p.absent[r] = !direct
		}
		p.known[r] = true
	}
	return p.known[r]
}

// stored records that Redis has a purge now, from a replica that knows of it.
func (m *model) stored(p *modelPurge, from *modelReplica) {
	if p.shared.IsZero() {
		p.shared = time.Now()
	}
	if p.direct.IsZero() && !p.absent[from] {
		p.direct = time.Now()
	}
}

// purgeLag is how long a purge may take to be known everywhere: a replica compares every second.
const purgeLag = 1500 * time.Millisecond

// recovery is how long a replica may take to use Redis again.
const recovery = 2 * time.Second

// calm reports whether nothing was wrong between a replica and Redis all the time.
func (m *model) calm(r *modelReplica, from, to time.Time) bool {
	if m.redis == nil {
		return false
	}
	for _, s := range append(slices.Clone(m.outages), r.outages...) {
		if !s.from.After(to) && (s.to.IsZero() || s.to.Add(recovery).After(from)) {
			return false
		}
	}
	return true
}

// awaySince returns since when a replica has been without Redis at an instant, which is the instant if it is not.
func (m *model) awaySince(r *modelReplica, at time.Time) time.Time {
	outages := append(slices.Clone(m.outages), r.outages...)
	slices.SortFunc(outages, func(a, b span) int { return b.from.Compare(a.from) })
	for _, s := range outages {
		if s.from.Before(at) && (s.to.IsZero() || s.to.Add(recovery).After(at)) {
			at = s.from
		}
	}
	return at
}

// compareRecords checks that what the replicas have read of the record of purges is what it was.
func (m *model) compareRecords() {
	for _, r := range m.replicas {
		if r.shared == nil {
			continue
		}
		if wrong := m.redis.disagrees(r.cache); wrong != "" {
			m.fail(r.name + ": " + wrong)
		}
	}
}

func TestModel(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			until("2025-06-02T09:00:00Z")
			walk(rt, newModel(nil, 0), stepsOfOne)
		})
	})
}

func TestModelOfAFleet(t *testing.T) {
	testkit.CheckFew(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			until("2025-06-02T09:00:00Z")
			redis := newModelRedis()
			skew := rapid.SampledFrom([]time.Duration{0, 5 * time.Minute, -5 * time.Minute}).Draw(rt, "skew")
			m := newModel(redis, 0, 0, skew)
			time.Sleep(10 * time.Millisecond)
			walk(rt, m, stepsOfAFleet)
		})
	})
}

func walk(rt *rapid.T, m *model, steps []step) {
	defer m.close()
	for range rapid.IntRange(1, *modelSteps).Draw(rt, "steps") {
		s := rapid.SampledFrom(steps).Draw(rt, "step")
		s.run(rt, m)
		synctest.Wait()
		m.compareRecords()
		m.mu.Lock()
		wrong := m.wrong
		m.mu.Unlock()
		if wrong != "" {
			rt.Fatal(m.report())
		}
	}
}
