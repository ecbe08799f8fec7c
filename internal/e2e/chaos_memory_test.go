//go:build chaos

package e2e_test

import (
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var memoryRows = rowsOfPolicies(
	"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
)

func rowsOfPolicies(policies ...string) (all []row) {
	for _, p := range policies {
		all = append(all, row{"Redis full, maxmemory-policy " + p, redisFull(p)})
	}
	return all
}

// redisFull writes more than Redis may hold. Each replica has the memory to fetch no query twice.
func redisFull(policy string) func(*trial) {
	return func(t *trial) {
		server := testkit.StartRedis(t, "--maxmemory", "4mb", "--maxmemory-policy", policy)
		t.start(t.T, server.URL())
		t.warm()
		const queries, bytes = 300, 30_000
		size := func(map[string]string) int { return bytes }
		t.rocket.size.Store(&size)
		stopHits := t.compareHits()
		stop := t.repeat(6, 5*time.Millisecond, func(caller, n int) { // each starts at another query
			query := (caller*queries/6 + n) % queries
			t.get(t.replicas[(caller+n/queries)%3].api + cold("q", query))
		})
		t.endure(faultLength)
		stop()
		stopHits()
		client := t.redisClient(server.Address)
		evicted := infoOf(client.Info(t.Context(), "stats").Val(), "evicted_keys:")
		refused := infoOf(client.Info(t.Context(), "errorstats").Val(), "errorstat_OOM:count=")
		t.figure("%s evicted, %s commands refused", evicted, refused)
		if evicted == "0" && refused == "0" {
			t.breaks("Redis was never full")
		}
		t.wantNoFailure()
		t.wantHitsAsHealthy()
		t.wantPostsAtMost(3 * queries)
		t.wantLoginsAtMost(1)
	}
}

// infoOf returns a value of an INFO text, "0" if it is absent.
func infoOf(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name); ok {
			return value
		}
	}
	return "0"
}
