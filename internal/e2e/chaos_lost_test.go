//go:build chaos

package e2e_test

import (
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var lostRows = []row{
	{"FLUSHALL after a hard purge, then a rolling restart", purgeFlushed},
	{"record of purges evicted, then a restart of all replicas", purgesEvicted},
	{"Sentinel fails over to a replica without the last purge", purgeLostInFailover},
	{"hard purge at a replica that is cut off from Redis", purgeWhileCutOff},
}

const (
	lostQueries = 60
	recordKey   = "rgw:purges2" // of the purges, with the default of REDIS_KEY_PREFIX
	entryKeys   = "rgw:e2:*"
)

// fetchEverywhere has all replicas hold some queries, and returns the number of the last body so far.
func (t *trial) fetchEverywhere(kind string) (last int64) {
	repeatOnce(lostQueries, func(n int) {
		for _, r := range t.replicas {
			t.get(r.api + cold(kind, n))
		}
	})
	t.wantNoFailure()
	return t.rocket.posts.Load()
}

// purgedAt asks some replicas the queries of fetchEverywhere, and returns the results that have a body up to the number last.
func (t *trial) purgedAt(replicas []*gateway, kind string, last int64) []result {
	var purged results
	repeatOnce(lostQueries*len(replicas), func(i int) {
		s := t.get(replicas[i%len(replicas)].api + cold(kind, i/len(replicas)))
		if !s.failed() && s.number <= last {
			purged.add(s)
		}
	})
	return purged.list()
}

// keys returns how many keys of a pattern a Redis has.
func (t *trial) keys(client *redis.Client, pattern string) int {
	t.Helper()
	keys, err := client.Keys(t.Context(), pattern).Result()
	if err != nil {
		t.Fatal(err)
	}
	return len(keys)
}

// purgeFlushed shows that a purge outlives the loss of all that Redis has, if the replicas restart one after another, and counts the
// fetches of a query whose lease is lost during its fetch.
func purgeFlushed(t *trial) {
	server := testkit.StartRedis(t)
	client := t.redisClient(server.Address)
	t.start(t.T, server.URL())
	t.warm()
	last := t.fetchEverywhere("q")
	t.purge(t.replicas[t.rand.IntN(3)], `"all":true`)
	returned := time.Now()
	client.FlushAll(t.Context())
	served, of := 0, 0
	ask := func(replicas []*gateway) {
		served, of = served+len(t.purgedAt(replicas, "q", last)), of+lostQueries*len(replicas)
	}
	time.Sleep(time.Until(returned.Add(purgeReach)))
	for i := range t.replicas {
		t.replicas[i].stop()
		t.replicas[i] = t.further(t.T, server.URL())
		ask(t.replicas[i : i+1])
		time.Sleep(2 * time.Second)
		ask(t.replicas)
	}
	t.flushDuringFetch(client)
	ask(t.replicas)
	t.figure("%d of %d purged bodies served", served, of)
	if served > 0 {
		t.breaks("%d of %d purged bodies served", served, of)
	}
	t.wantNoFailure()
	t.wantPostsAtMost(3*lostQueries + 2) // at the start, after the purge, after the second FLUSHALL
	t.wantLoginsAtMost(3)                // FLUSHALL takes the token of a restarted replica
}

// flushDuringFetch loses the lease of a query for which callers at all replicas wait.
func (t *trial) flushDuringFetch(client *redis.Client) {
	t.rocket.slow(3 * time.Second)
	query := cold("underway")
	wait := t.runAside(9, func(caller int) string { return t.replicas[caller%3].api + query })
	t.await("the POST", func() bool { return t.rocket.asked(query) == 1 })
	time.Sleep(time.Second)
	t.rocket.slow(0)
	client.FlushAll(t.Context())
	wait()
	posts := t.rocket.asked(query)
	t.figure("%d POSTs for a fetch under way during FLUSHALL", posts)
	if posts > 2 {
		t.breaks("%d POSTs for a fetch under way during FLUSHALL, want at most 2", posts)
	}
}

// purgesEvicted shows that replicas trust no entry in Redis if the record of the purges is lost together with all who know it.
func purgesEvicted(t *trial) {
	server := testkit.StartRedis(t)
	client := t.redisClient(server.Address)
	t.start(t.T, server.URL())
	t.warm()
	for _, way := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		kind := way.String()[:4]
		last := t.fetchEverywhere(kind)
		t.purge(t.replicas[t.rand.IntN(3)], `"all":true`)
		if n := client.Del(t.Context(), recordKey).Val(); n != 1 {
			t.Fatalf("%d keys %s, want 1", n, recordKey)
		}
		for _, r := range t.replicas {
			r.signal(way)
		}
		for _, r := range t.replicas {
			r.status()
		}
		entries := t.keys(client, entryKeys)
		t.replicas = nil
		t.start(t.T, server.URL())
		served := len(t.purgedAt(t.replicas, kind, last))
		t.figure("%s: %d of %d purged bodies served, %d entries in Redis", way, served, 3*lostQueries, entries)
		if served > 0 || entries < lostQueries {
			t.breaks("%s: %d of %d purged bodies served; %d entries in Redis, want %d", way, served, 3*lostQueries, entries, lostQueries)
		}
	}
	t.wantNoFailure()
	t.wantPostsAtMost(4 * lostQueries)
	t.wantLoginsAtMost(1)
}

// restored is how soon a purge that Redis has lost must hold again once the new master is used.
const restored = 3 * time.Second

// purgeLostInFailover shows that the replicas restore a purge that the new master has not got, also for a replica that starts then.
func purgeLostInFailover(t *trial) {
	s := testkit.StartSentinel(t)
	master, next := t.redisClient(s.Nodes()[0]), t.redisClient(s.Nodes()[1])
	t.start(t.T, s.URL())
	t.warm()
	last := t.fetchEverywhere("q")
	t.await("the replica to have all entries", func() bool { return t.keys(next, entryKeys) == t.keys(master, entryKeys) })
	endReplication(t, master)
	t.purge(t.replicas[t.rand.IntN(3)], `"all":true`)
	returned := time.Now()
	before, err := next.HLen(t.Context(), recordKey).Result()
	if has := next.HExists(t.Context(), recordKey, "h all").Val(); has || err != nil {
		t.Fatalf("the replica has the purge already: %d fields, %v", before, err)
	}
	s.KillMaster()
	t.await("the new master", func() bool { return strings.Contains(next.Info(t.Context(), "replication").Val(), "role:master") })
	promoted := time.Now()
	t.replicas = append(t.replicas, t.further(t.T, s.URL()))
	var late results
	stop := t.repeat(len(t.replicas), 10*time.Millisecond, func(caller, n int) {
		if r := t.get(t.replicas[caller].api + cold("q", n%lostQueries)); !r.failed() && r.number <= last {
			late.add(r)
		}
	})
	used := t.await("the new master's use", func() bool { // what a master sends its replicas has no scripts
		return strings.Contains(next.Info(t.Context(), "commandstats").Val(), "cmdstat_evalsha")
	})
	inUse := time.Now()
	again := t.await("the purge at the new master", func() bool { return next.HExists(t.Context(), recordKey, "h all").Val() })
	time.Sleep(2 * restored)
	stop()
	slowest := time.Duration(0)
	for _, r := range late.list() {
		slowest = max(slowest, r.begun.Sub(inUse))
	}
	t.figure("new master %s after the purge, used %s later, has the purge %s after that",
		round(promoted.Sub(returned)), round(used), round(again))
	t.figure("%d purged bodies served", len(late.list()))
	t.wantSoon("the last purged body", slowest, restored)
	if n := len(t.purgedAt(t.replicas, "q", last)); n > 0 {
		t.breaks("%d of %d purged bodies served in the end", n, len(t.replicas)*lostQueries)
	}
	t.wantNoFailure()
	t.wantLoginsAtMost(2) // the new master may not have the token
}

// endReplication cuts the replicas of a master off from it, for good.
func endReplication(t *trial, master *redis.Client) {
	t.Helper()
	for _, command := range [][]any{
		{"ACL", "SETUSER", "default", "-psync", "-sync", "-replconf"}, {"CLIENT", "KILL", "TYPE", "replica"},
	} {
		if err := master.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// handedOver is how soon after its link is back a purge that a replica kept must hold at all replicas.
const handedOver = 5 * time.Second

// purgeWhileCutOff shows that a replica without Redis reports a purge as not shared, applies it, and shares it later.
func purgeWhileCutOff(t *trial) {
	server := testkit.StartRedis(t)
	proxy := startProxy(t, server.Address)
	alone := t.further(t.T, "redis://"+proxy.Address+"/0")
	t.replicas = []*gateway{alone, t.further(t.T, server.URL()), t.further(t.T, server.URL())}
	t.warm()
	last := t.fetchEverywhere("q")
	mend := proxy.Block()
	status, detail := t.orderPurge(alone, `"all":true`)
	t.figure("the purge while cut off: %d %q", status, detail)
	if status != http.StatusServiceUnavailable || !strings.Contains(detail, "this replica alone knows of it") {
		t.breaks("a purge at a replica without Redis: %d %q, want a 503 that says so", status, detail)
	}
	there, others := len(t.purgedAt(t.replicas[:1], "q", last)), len(t.purgedAt(t.replicas[1:], "q", last))
	time.Sleep(2 * time.Second)
	mend()
	mended, slowest := time.Now(), time.Duration(0)
	for until := mended.Add(2 * handedOver); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		for _, s := range t.purgedAt(t.replicas, "q", last) {
			slowest = max(slowest, s.begun.Sub(mended))
		}
	}
	t.figure("purged bodies served while cut off: %d of %d there, %d of %d elsewhere", there, lostQueries, others, 2*lostQueries)
	if there > 0 {
		t.breaks("%d of %d purged bodies served by the replica that has purged them", there, lostQueries)
	}
	if others == 0 {
		t.breaks("the other replicas knew of the purge: the link was not cut")
	}
	t.wantSoon("with the link back, the last purged body", slowest, handedOver)
	t.wantNoFailure()
	t.wantPostsAtMost(3 * lostQueries) // at the start, alone, and by the fleet after the purge
	t.wantLoginsAtMost(1)
}
