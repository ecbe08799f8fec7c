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

// A walk goes at random through time, failures, purges, directives, restarts and losses, and every answer and every query
// that reaches Rocket is held against the rules (model_rules_test.go), which are told from outside: what Rocket gave when,
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
	wrong    string     // the first thing that must not be
	about    string     // what was asked then
	diary    []event
	rocket   *modelRocket    // what Rocket was asked
	replicas []*modelReplica // those that run
	purges   []*modelPurge
	troubles []span // of Redis as a whole
	deaf     []span // when messages were lost

	asking sync.WaitGroup
	ended  []*modelReplica // to be closed with the walk

	wentBack bool // Redis's clock, once; guarded by mu

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
	troubles []span               // with its way to Redis
	best     map[string]*post     // what it has answered with and kept
	asked    map[string]time.Time // when it was asked and looked into Redis for certain
	asks     sync.WaitGroup
}

// ask is one request.
type ask struct {
	by       *modelReplica
	about    string
	d        cache.Directives
	from, to time.Time
	best     *post         // what its replica had answered with before
	purges   []*modelPurge // that the replica had to know of before

	answer cache.Response
	err    error
	source *post // of the body
}

// modelPurge is one purge.
type modelPurge struct {
	at     time.Time
	hard   bool
	hits   []string  // what it names is asked for so
	shared time.Time // since when Redis has it for certain; zero: it has not
	known  map[*modelReplica]bool

	outlives bool                   // the record of it was evicted, so that what is in Redis counts as purged
	told     time.Time              // since when Redis has it from a replica that was told of it; zero: it has not
	absent   map[*modelReplica]bool // these know of it only because they found no record
}

// event is something that happened to a query, or to everybody.
type event struct{ about, text string }

const everybody = "*"

// span is a time in which something was wrong; it has not ended where to is zero.
type span struct{ from, to time.Time }

func newModel(redis *modelRedis, skews ...time.Duration) *model {
	m := &model{redis: redis}
	m.rocket = &modelRocket{mu: &m.mu, versions: map[string]int{}, watch: m.begun, tell: m.tell}
	for _, skew := range skews {
		m.replicas = append(m.replicas, m.start(skew))
	}
	return m
}

// start begins the life of a replica.
func (m *model) start(skew time.Duration) *modelReplica {
	m.lives++
	r := &modelReplica{name: fmt.Sprint("replica ", m.lives), skew: skew, best: map[string]*post{}, asked: map[string]time.Time{}}
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
	r.asks.Wait()
	err := r.cache.Close(context.Background())
	if r.shared != nil {
		_ = r.shared.Close()
	}
	return err
}

// close ends the walk.
func (m *model) close() {
	m.asking.Wait()
	time.Sleep(time.Minute) // what goes on behind ends
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
	m.note(everybody, wrong)
}

// note keeps the first fault; the caller holds the lock.
func (m *model) note(about, wrong string) {
	if m.wrong == "" {
		m.wrong, m.about = wrong, about
	}
}

// tell writes into the diary what happened to a query, or to everybody; the caller holds the lock.
func (m *model) tell(about, format string, args ...any) {
	m.diary = append(m.diary, event{about, time.Now().Format("15:04:05.000 ") + fmt.Sprintf(format, args...)})
}

// story is what the diary has on the query that went wrong.
func (m *model) story() string {
	story := m.wrong
	for _, e := range m.diary {
		if e.about == m.about || e.about == everybody {
			story += "\n" + e.text
		}
	}
	return story
}

// begun is told of every post as it begins, under the lock.
func (m *model) begun(p *post) {
	m.tell(p.about, "POST %q by %s", p.about, p.ask.by.name)
	p.knew = map[*modelPurge]bool{}
	for _, u := range m.purges {
		p.knew[u] = m.knows(p.ask.by, u) && !u.shared.IsZero()
	}
	for _, rule := range postRules {
		if wrong := rule(m, p); wrong != "" {
			m.note(p.about, fmt.Sprintf("%s: a question about %q, asked %s", wrong, p.about, p.ask))
		}
	}
}

// ask asks once and judges the answer.
func (m *model) ask(r *modelReplica, about string, d cache.Directives) {
	a := m.prepare(r, about, d)
	r.asks.Add(1)
	defer r.asks.Done()
	a.answer, a.err = r.cache.Get(context.WithValue(context.Background(), askKey{}, a), modelQuestion(about), modelQuestion(about).Key(), d)
	m.mu.Lock()
	defer m.mu.Unlock()
	a.to = time.Now()
	m.judge(a)
	if a.from.Sub(r.asked[about]) > 6*time.Second {
		r.asked[about] = a.from
	}
}

func (m *model) prepare(r *modelReplica, about string, d cache.Directives) *ask {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := &ask{by: r, about: about, d: d, from: time.Now(), best: r.best[about]}
	for _, p := range m.purges {
		if m.knows(r, p) && slices.Contains(p.hits, about) {
			a.purges = append(a.purges, p)
		}
	}
	return a
}

func (m *model) judge(a *ask) {
	if a.err != nil || !a.answer.Status.Hit || a.answer.Status.TTL < 0 || a.answer.Status.Tier != "memory" {
		m.tell(a.about, "asked: %s", a)
	}
	if a.err == nil {
		if a.source = m.sourceOf(a); a.source == nil {
			m.note(a.about, fmt.Sprintf("Rocket never gave this: %s", a))
			return
		}
	}
	rules := answerRules
	if a.err != nil {
		rules = failureRules
	}
	for _, rule := range append(slices.Clone(alwaysRules), rules...) {
		if wrong := rule(m, a); wrong != "" {
			m.note(a.about, fmt.Sprintf("%s: %s", wrong, a))
		}
	}
	if a.err == nil && (a.by.best[a.about] == nil || a.source.began.After(a.by.best[a.about].began)) {
		a.by.best[a.about] = a.source
	}
}

// sourceOf finds the post that the body came from; of several that ended at once, the request's own, or the last.
func (m *model) sourceOf(a *ask) (source *post) {
	about, version, err := parseBody(a.answer.Entry.Body)
	if err != nil || about != a.about {
		return nil
	}
	off := func(p *post) time.Duration { return p.ended.Sub(a.answer.Entry.FetchedAt.Add(-a.by.skew)).Abs() }
	for _, p := range m.rocket.journal {
		if !p.given() || p.about != about || p.version != version || off(p) > clocksOff {
			continue
		}
		if source == nil || off(p) < off(source) || off(p) == off(source) && source.ask != a {
			source = p
		}
	}
	return source
}

// clocksOff is what the reckoning from one clock to another may be wrong by.
const clocksOff = 20 * time.Millisecond

// knows reports whether a replica has to know of a purge by now. What it once knew it never forgets, and it tells Redis.
func (m *model) knows(r *modelReplica, p *modelPurge) bool {
	now := time.Now()
	calm := func(r *modelReplica) bool { return m.calm(r, now.Add(-purgeLag), now) }
	for _, other := range m.replicas {
		if p.known[other] && calm(other) {
			m.took(p, other)
		}
	}
	if !p.shared.IsZero() && now.Sub(p.shared) >= purgeLag && calm(r) {
		if told := !p.told.IsZero() && now.Sub(p.told) >= purgeLag; told || !p.known[r] {
			p.absent[r] = !told
		}
		p.known[r] = true
	}
	return p.known[r]
}

// took notes that Redis has a purge now, from a replica that knows of it.
func (m *model) took(p *modelPurge, from *modelReplica) {
	if p.shared.IsZero() {
		p.shared = time.Now()
	}
	if p.told.IsZero() && !p.absent[from] {
		p.told = time.Now()
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
	for _, s := range append(slices.Clone(m.troubles), r.troubles...) {
		if !s.from.After(to) && (s.to.IsZero() || s.to.Add(recovery).After(from)) {
			return false
		}
	}
	return true
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
		m.mu.Lock()
		wrong := m.wrong
		m.mu.Unlock()
		if wrong != "" {
			rt.Fatal(m.story())
		}
	}
}
