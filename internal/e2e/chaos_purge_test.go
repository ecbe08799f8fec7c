//go:build chaos

package e2e_test

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var purgeRows = []row{
	{"Redis's clock moved back", clockMovedBack},
	{"pub/sub connections killed every 20 ms during purges", pubSubKilled},
	{"hard purge during a slow fetch", purgeDuringFetch},
}

// purgeReach is how soon after its 200 a hard purge must hold at every replica that is connected to Redis.
const purgeReach = 2 * time.Second

// clockMovedBack shows that hard purges hold while Redis's clock is right and while it is behind, and that no request fails.
func clockMovedBack(t *trial) {
	server := startClockedRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	if served, of := t.servedAfterPurge("right"); served > 0 {
		t.breaks("%d of %d purged bodies served although the clock is right", served, of)
	}
	for _, offset := range []time.Duration{-30 * time.Second, -300 * time.Second} {
		server.moveClock(offset)
		served, of := 0, 0
		for n := range 3 { // how many depends on when the replicas last looked at Redis's clock
			s, o := t.servedAfterPurge(fmt.Sprintf("behind%s-%d-", offset, n))
			served, of = served+s, of+o
		}
		t.figure("clock at %s: %d of %d purged bodies served", offset, served, of)
		if served > 0 {
			t.breaks("%d of %d purged bodies served with the clock at %s", served, of, offset)
		}
	}
	t.wantNoFailure()
	t.wantLoginsAtMost(1)
}

// servedAfterPurge fetches some queries at one replica and purges all at another. It returns how many purged bodies are served
// 2.5 s later.
func (t *trial) servedAfterPurge(kind string) (served, of int) {
	const queries = 120
	purged := make([]int64, queries)
	fetching := t.rand.IntN(3)
	purging := (fetching + 1 + t.rand.IntN(2)) % 3 // another one, which has not seen the entries
	repeatOnce(queries, func(n int) { purged[n] = t.get(t.replicas[fetching].api + cold(kind, n)).number })
	t.purge(t.replicas[purging], `"all":true`)
	time.Sleep(2500 * time.Millisecond)
	var after results
	repeatOnce(3*queries, func(i int) {
		if s := t.get(t.replicas[i%3].api + cold(kind, i/3)); !s.failed() && s.number <= purged[i/3] {
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

// pubSubKilled shows that a purge is in time without the messages that make it quick.
func pubSubKilled(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	client := t.redisClient(server.Address)
	stop := t.compareHits()
	mend := every(t, 20*time.Millisecond, func() { client.ClientKillByFilter(t.Context(), "TYPE", "pubsub") })
	slowest, purges := time.Duration(0), 0
	for begun := time.Now(); time.Since(begun) < faultLength; purges++ {
		slowest = max(slowest, t.purgeEverywhere(purges))
	}
	t.endure(0)
	mend()
	stop()
	t.figure("%d purges", purges)
	t.wantSoon("the last purged body", slowest, purgeReach)
	t.wantNoFailure()
	t.wantHitsAsHealthy()
	t.wantPostsAtMost(4 * purges) // a replica that has not received the purge may overtake it once
	t.wantLoginsAtMost(1)
}

// purgeEverywhere purges a query that all replicas hold. It returns how long after that the last request began that got the purged
// body.
func (t *trial) purgeEverywhere(n int) time.Duration {
	query, purged := cold("purge", n), int64(0)
	for _, r := range t.replicas {
		purged = max(purged, t.get(r.api+query).number)
	}
	t.purge(t.replicas[t.rand.IntN(3)], fmt.Sprintf(`"query":%q`, query))
	returned := time.Now()
	var late [3]time.Duration
	repeatOnce(len(late), func(i int) {
		t.await("the purge", func() bool {
			r := t.get(t.replicas[i].api + query)
			if r.number <= purged {
				late[i] = r.begun.Sub(returned)
			}
			return r.number > purged
		})
	})
	return slices.Max(late[:])
}

const (
	outdatedFetch = 8 * time.Second
	promptFetch   = time.Second
	afterPurge    = promptFetch + purgeReach // that a caller who asks after a purge waits at most
)

// purgeDuringFetch shows that callers who ask after a purge do not wait for a fetch that began before it, and get no body of it.
func purgeDuringFetch(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	t.warm()
	query := cold("slow")
	t.rocket.slow(outdatedFetch)
	begun := time.Now()
	early := t.runAside(9, func(caller int) string { return t.replicas[caller%3].api + query })
	t.await("the POST", func() bool { return t.rocket.asked(query) == 1 })
	time.Sleep(time.Second) // the other callers wait for it
	t.rocket.slow(promptFetch)
	outdated := t.rocket.posts.Load()
	t.purge(t.replicas[t.rand.IntN(3)], fmt.Sprintf(`"query":%q`, query))
	var late results
	repeatOnce(9, func(i int) { late.add(t.get(t.replicas[i%3].api + query)) })
	ended := time.Since(begun)
	if purged := late.where(func(s result) bool { return s.number <= outdated }); len(purged) > 0 {
		t.breaks("%d of 9 callers after the purge got a body from before it: %v", len(purged), purged[0])
	}
	t.wantSoon("callers after the purge had their body", percentile(late.list(), 100), afterPurge)
	if ended > outdatedFetch {
		t.breaks("the outdated fetch ended before the callers after the purge had their body")
	}
	early()
	t.figure("callers before it after %s", round(time.Since(begun)))
	for _, r := range t.replicas {
		if s := t.get(r.api + query); s.number <= outdated || !s.fresh() {
			t.breaks("the outdated fetch has replaced the body after the purge: %v", s)
		}
	}
	t.wantNoFailure()
	t.wantPosts(2)
	t.wantLoginsAtMost(1)
}
