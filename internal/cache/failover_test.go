package cache_test

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestAClusterThatLosesAMaster(t *testing.T) {
	cluster := testkit.StartCluster(t)
	survives(t, cluster.URL(), func() { cluster.KillMaster(0) })
}

func TestASentinelThatPromotes(t *testing.T) {
	sentinel := testkit.StartSentinel(t)
	survives(t, sentinel.URL(), sentinel.KillMaster)
}

// survives asks without pause while a master dies: no question fails, none waits long, and answers are shared again within
// twenty seconds, over all of Redis.
func survives(t *testing.T, url string, kill func()) {
	t.Helper()
	r := says(`[]`)
	one, two := replica(t, r, url), replica(t, r, url)
	for range 50 {
		if !shared(t, one, two) {
			t.Fatal("the replicas share nothing to begin with")
		}
	}
	var done atomic.Bool
	var slowest atomic.Int64
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for !done.Load() {
				started := time.Now()
				get(t, one, anyone())
				slowest.Store(max(slowest.Load(), int64(time.Since(started))))
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	kill()
	killed := time.Now()
	for run := 0; run < 200; { // so many in a row reach all of a cluster
		if run++; !shared(t, one, two) {
			run = 0
			time.Sleep(50 * time.Millisecond)
		}
		if time.Since(killed) > 20*time.Second {
			t.Fatal("answers are not shared again after twenty seconds")
		}
	}
	done.Store(true)
	load.Wait()
	t.Logf("shared again after %s; the slowest answer took %s", time.Since(killed).Round(time.Millisecond), time.Duration(slowest.Load()))
	if slow := time.Duration(slowest.Load()); slow > 3*time.Second {
		t.Errorf("an answer took %s", slow)
	}
}

// shared says whether one replica finds in Redis what another has fetched.
func shared(t *testing.T, one, two *cache.Cache) bool {
	t.Helper()
	q := anyone()
	get(t, one, q)
	a, err := two.Get(t.Context(), q, q.Key(), cache.Directives{OnlyIfCached: true})
	return err == nil && a.Status.Tier == "redis"
}

// anyone is a question that was never asked.
func anyone() *query.Query {
	q := june()
	q.CustomerID = rand.Text()
	return q
}
