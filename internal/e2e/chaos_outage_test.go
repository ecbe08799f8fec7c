//go:build chaos

package e2e_test

import (
	"net/http"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var outageRows = []row{
	{"Rocket hangs, 100 workers", outage{fault: hang, entries: 50, stale: 50, cold: 50}.run},
	{"Rocket hangs, 8 workers", outage{fault: hang, entries: 50, stale: 4, cold: 4}.run},
	{
		"Rocket responds with 503 after 300 ms, 200 stale entries",
		outage{fault: unavailable(300 * time.Millisecond), entries: 200, stale: 40}.run,
	},
}

const (
	detection       = 4 * time.Second // steady failure after which no caller with a stale entry waits
	outageTimeout   = 10 * time.Second
	downAfter       = outageTimeout + detection // by then requests have failed
	outageLength    = downAfter + 6*time.Second
	probesPerSecond = 5                     // that a replica may send while Rocket is down: a few
	staleFloor      = 50 * time.Millisecond // what the p99 of stale entries may differ by from that of hits; a wait is longer
	coldFailure     = time.Second           // p90 of cold queries while Rocket is down; waiting would take outageTimeout
)

// outage is a Rocket that fails, under the load of callers who repeat stale entries and of callers with cold queries.
type outage struct {
	fault       http.HandlerFunc
	entries     int
	stale, cold int // callers
}

// run breaks Rocket and mends it. Requests for stale entries must not fail; cold queries must fail at once while Rocket is down.
func (o outage) run(t *trial) {
	env := append(staleAtOnce(), "ROCKET_TIMEOUT="+outageTimeout.String(), "ROCKET_MAX_CONCURRENT=8")
	t.start(t.T, testkit.StartRedis(t).URL(), env...)
	t.warmStale(o.entries)
	begun := time.Now()
	t.rocket.fail(o.fault)
	var served, failed results
	stopStale, stopCold := t.askStale(o, &served), t.askCold(o, &failed)
	time.Sleep(time.Until(begun.Add(downAfter)))
	before := t.rocket.posts.Load()
	waitBurst := t.burst(o, &failed)
	time.Sleep(time.Until(begun.Add(outageLength)))
	probes := t.rocket.posts.Load() - before
	mended := time.Now()
	t.rocket.fail(nil)
	t.awaitRocket()
	took := time.Since(mended)
	stopCold()
	stopStale()
	waitBurst()
	t.wantServedAtOnce(served.where(func(s result) bool { return s.begun.After(begun.Add(detection)) && s.begun.Before(mended) }))
	if o.cold > 0 {
		t.wantFailedAtOnce(failed.where(func(s result) bool { return s.begun.After(begun.Add(downAfter)) && s.begun.Before(mended) }))
	}
	t.wantFewProbes(probes, outageLength-downAfter)
	t.wantSoon("recovered", took, recovery)
	t.wantNoFailure()
	t.wantLoginsAtMost(1)
}

// burst sends many cold queries at once: few callers who repeat theirs may all be probes, which wait.
func (t *trial) burst(o outage, failed *results) (wait func()) {
	var callers sync.WaitGroup
	for n := range 15 * o.cold {
		callers.Go(func() { failed.add(t.send(t.replicas[n%3].api + cold("burst", n))) })
	}
	return callers.Wait
}

// staleAtOnce has entries get stale a second after their fetch, with no time in which a refresh may take place behind a response.
func staleAtOnce() []string {
	return []string{"CACHE_FRESH_CLOSED=1s", "CACHE_STALE_WHILE_REVALIDATE=0s"}
}

// warmStale has all replicas hold some entries that are stale.
func (t *trial) warmStale(entries int) {
	t.Helper()
	repeatOnce(entries, func(n int) {
		for _, r := range t.replicas {
			t.get(r.api + cold("stale", n))
		}
	})
	t.wantNoFailure()
	for n := range entries {
		for _, r := range t.replicas {
			t.await("a stale entry", func() bool { return t.send(r.api+cold("stale", n), "Cache-Control", "only-if-cached").stale() })
		}
	}
}

// askStale has callers repeat the stale entries, each time beside a hit of the healthy fleet.
func (t *trial) askStale(o outage, served *results) (stop func()) {
	return t.repeat(o.stale, pace(o.stale), func(caller, n int) {
		served.add(t.get(t.replicas[(caller+n)%3].api + cold("stale", (caller*7+n)%o.entries)))
		t.healthyHits.add(t.send(t.healthy.replicas[(caller+n)%3].api + hot))
	})
}

// pace returns a pause with which so many callers send some 250 requests a second together.
func pace(callers int) time.Duration { return time.Duration(callers) * 4 * time.Millisecond }

// askCold has callers send new queries, which fail while Rocket does.
func (t *trial) askCold(o outage, failed *results) (stop func()) {
	return t.repeat(o.cold, pace(o.cold), func(caller, n int) {
		failed.add(t.send(t.replicas[(caller+n)%3].api + cold("q", caller, n)))
	})
}

// awaitRocket waits until every replica fetches new queries and refreshes stale entries.
func (t *trial) awaitRocket() {
	before := t.rocket.posts.Load()
	const entries = 10
	repeatOnce(len(t.replicas)*(1+entries), func(i int) {
		replica, n := t.replicas[i%len(t.replicas)].api, i/len(t.replicas)
		attempt := 0
		t.await("a fetch", func() bool {
			attempt++
			if n == entries {
				return !t.send(replica + cold("mended", i, attempt)).failed()
			}
			return t.get(replica+cold("stale", n)).number > before
		})
	})
}
