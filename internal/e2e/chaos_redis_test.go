//go:build chaos

package e2e_test

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var redisRows = []row{
	{"misses while Redis hangs", missesWhileRedisHangs},
	{"Redis killed and started again", redisKilled},
	{"Redis responds after 100 ms", redisSlow(100 * time.Millisecond)},
	{"Redis responds after 400 ms", redisSlow(400 * time.Millisecond)},
	{"Redis cut off ten times a second", redisCut},
	{"FLUSHALL ten times a second, requests in flight", redisFlushed},
}

// recovery is how soon the gateway must use Redis or Rocket again.
const recovery = 15 * time.Second

// wantOptionalRedis checks what holds whatever happens to Redis: no request fails, hits are as fast as ever, a request causes at
// most one POST, and the token in memory is used.
func (t *trial) wantOptionalRedis() {
	t.Helper()
	t.wantNoFailure()
	t.wantHitsAsHealthy()
	t.wantPostsAtMost(len(t.callers.list()) - t.before.requests - len(t.hits.list()))
	t.wantLoginsAtMost(1)
}

// miss has callers send new queries until stop.
func (t *trial) miss() (stop func()) {
	return t.repeat(6, 50*time.Millisecond, func(caller, n int) {
		t.get(t.replicas[(caller+n)%len(t.replicas)].api + cold("miss", caller, n))
	})
}

func missesWhileRedisHangs(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	stop := t.compareHits()
	server.Freeze()
	defer server.Thaw()
	stopMisses := t.miss()
	t.endure(faultLength)
	stopMisses()
	stop()
	t.wantOptionalRedis()
}

func redisKilled(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	stopHits, stopMisses := t.compareHits(), t.miss()
	server.Kill()
	t.endure(faultLength)
	server.Start()
	t.wantSoon("shared again", t.awaitSharing(1), recovery)
	stopMisses()
	stopHits()
	t.wantOptionalRedis()
}

func redisSlow(delay time.Duration) func(*trial) {
	return func(t *trial) {
		proxy := startProxy(t, testkit.StartRedis(t).Address)
		t.start(t.T, "redis://"+proxy.Address+"/0")
		t.warm()
		stop := t.compareHits()
		proxy.Delay(delay)
		stopMisses := t.miss()
		t.endure(faultLength)
		stopMisses()
		stop()
		t.wantOptionalRedis()
	}
}

func redisCut(t *trial) {
	proxy := startProxy(t, testkit.StartRedis(t).Address)
	t.start(t.T, "redis://"+proxy.Address+"/0")
	t.warm()
	stopHits, stopMisses := t.compareHits(), t.miss()
	mend := proxy.CutEvery(100 * time.Millisecond)
	t.endure(faultLength)
	mend()
	t.wantSoon("shared again", t.awaitSharing(1), recovery)
	stopMisses()
	stopHits()
	t.wantOptionalRedis()
}

// redisFlushed sends the same queries to three replicas at once, again and again, while leases, entries and purges get lost.
func redisFlushed(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	t.rocket.slow(300 * time.Millisecond)
	client := t.redisClient(server.Address)
	stop := t.compareHits()
	mend := every(t, 100*time.Millisecond, func() { client.FlushAll(t.Context()) })
	const rounds, queries = 15, 10
	for round := range rounds {
		t.runAside(3*queries, func(caller int) string { return t.replicas[caller%3].api + cold("q", round, caller/3) })()
	}
	t.endure(0)
	stop()
	mend()
	t.figure("%d queries at three replicas", rounds*queries)
	t.wantOptionalRedis()
}
