//go:build chaos

package main_test

import (
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var purgeRows = []row{
	{"Redis's clock moved back", clockMovedBack},
	{"pub/sub connections killed every 20 ms during purges", pubSubKilled},
}

// purgeReach is how soon after its 200 a hard purge must hold at every replica that is connected to Redis.
const purgeReach = 2 * time.Second

// clockMovedBack: requests do not fail. That purges lose their effect is known, see docs/chaos.md, and only counted here; with the
// clock right they must not.
func clockMovedBack(t *trial) {
	server := testkit.StartClockedRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	if served, of := t.servedAfterPurge("right"); served > 0 {
		t.breaks("%d of %d purged bodies served although the clock is right", served, of)
	}
	for _, offset := range []time.Duration{-30 * time.Second, -300 * time.Second} {
		server.MoveClock(offset)
		served, of := t.servedAfterPurge("behind" + offset.String())
		t.figure("clock at %s: %d of %d purged bodies served (known)", offset, served, of)
	}
	t.wantNoFailure()
	t.wantLoginsAtMost(1)
}

// servedAfterPurge purges some queries hard at one replica or another, and returns how many of their bodies are served 2.5 s later.
func (t *trial) servedAfterPurge(kind string) (served, of int) {
	const queries = 60
	purged := make([]int64, queries)
	for n := range queries {
		for i := range t.replicas {
			purged[n] = max(purged[n], t.get(t.replicas[(n+i)%3].api+cold(kind, n)).number)
		}
	}
	for n := range queries {
		t.purge(t.replicas[t.rand.IntN(3)], cold(kind, n))
	}
	time.Sleep(2500 * time.Millisecond)
	var after results
	repeatOnce(3*queries, func(i int) {
		if s := t.get(t.replicas[i%3].api + cold(kind, i/3)); s.number <= purged[i/3] {
			after.add(s)
		}
	})
	return len(after.list()), 3 * queries
}

// repeatOnce calls f for 0 to n-1 at once.
func repeatOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// pubSubKilled: messages make a purge quick, and their loss must not make it late.
func pubSubKilled(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	client := t.redisClient(server.Address)
	stop := t.compareHits()
	mend := testkit.Every(20*time.Millisecond, func() { client.ClientKillByFilter(t.Context(), "TYPE", "pubsub") })
	slowest := time.Duration(0)
	const purges = 12
	for n := range purges {
		slowest = max(slowest, t.purgeEverywhere(n))
	}
	mend()
	stop()
	t.wantSoon("each purge everywhere", slowest, purgeReach)
	t.wantNoFailure()
	t.wantHitsAsHealthy()
	t.wantPostsAtMost(1 + 4*purges) // a replica that has not heard of the purge may overtake it once
	t.wantLoginsAtMost(1)
}

// purgeEverywhere purges a query that all replicas hold, and returns how long after that the last of them served its body.
func (t *trial) purgeEverywhere(n int) time.Duration {
	query, purged := cold("purge", n), int64(0)
	for _, r := range t.replicas {
		purged = max(purged, t.get(r.api+query).number)
	}
	t.purge(t.replicas[t.rand.IntN(3)], query)
	begun := time.Now()
	for _, r := range t.replicas {
		t.await("the purge", func() bool { return t.get(r.api+query).number > purged })
	}
	return time.Since(begun)
}
