package cache_test

import (
	"crypto/rand"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// Replicas share entries over every node of a Cluster, and over what Sentinels name. Failovers are rows of make chaos.
func TestReplicasShareOverClusterAndSentinel(t *testing.T) {
	for name, start := range map[string]func(*testing.T) string{
		"Cluster":  func(t *testing.T) string { return testkit.StartCluster(t).URL() },
		"Sentinel": func(t *testing.T) string { return testkit.StartSentinel(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t)
			r := returns(`[]`)
			one, two := replica(t, r, url), replica(t, r, url)
			for range 50 { // so many reach all nodes
				if !shared(t, one, two) {
					t.Fatal("an entry of one replica is not there for the other")
				}
			}
			purge(t, one, cache.Purge{All: true, Hard: true})
		})
	}
}

// shared reports whether one replica finds in Redis what another has fetched.
func shared(t *testing.T, one, two *cache.Cache) bool {
	t.Helper()
	q := neverSent()
	get(t, one, q)
	a, err := two.Get(t.Context(), q, q.Key(), cache.Directives{OnlyIfCached: true})
	return err == nil && a.Status.Tier == "redis"
}

// neverSent is a query that was never sent.
func neverSent() *query.Query {
	q := june()
	q.CustomerID = rand.Text()
	return q
}
