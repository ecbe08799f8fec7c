//go:build chaos

package e2e_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var rocketRows = []row{
	{"Rocket responds with 503, stale entries", rocketGone},
	{"Rocket cut off during its responses, stale entries", rocketCut},
	{"Rocket loses its sessions under load", sessionsLost},
	{"Rocket responds with 503, one cold query", oneColdQueryFails},
}

// wantServedAtOnce checks stale entries served while Rocket is known to fail: no caller waited for a fetch.
func (t *trial) wantServedAtOnce(late []result) {
	t.Helper()
	waited := 0
	for _, s := range late {
		if !s.failed() && !s.stale() {
			waited++
		}
	}
	ours, healthy := percentile(late, 99), percentile(t.healthyHits.list(), 99)
	t.figure("stale entries after %s: %d of %d callers waited, p99 %s (healthy hits %s)",
		detection, waited, len(late), round(ours), round(healthy))
	if waited > 0 || len(late) == 0 {
		t.breaks("%d of %d callers with a stale entry waited for Rocket later than %s into the outage", waited, len(late), detection)
	}
	if ours > 2*healthy+staleFloor {
		t.breaks("p99 of stale entries %s later than %s into the outage, of healthy hits %s", round(ours), detection, round(healthy))
	}
}

// wantFailedAtOnce checks cold queries while Rocket is down; a few of them may be probes.
func (t *trial) wantFailedAtOnce(late []result) {
	t.Helper()
	p90 := percentile(late, 90)
	t.figure("cold queries after %s: %d, p90 %s", downAfter, len(late), round(p90))
	if len(late) == 0 || p90 > coldFailure {
		t.breaks("p90 of %d cold queries %s while Rocket is down, want at most %s", len(late), round(p90), coldFailure)
	}
}

// wantFewProbes checks how often Rocket is tried while it is down.
func (t *trial) wantFewProbes(probes int64, during time.Duration) {
	t.Helper()
	rate := float64(probes) / during.Seconds() / float64(len(t.replicas))
	t.figure("%.1f probes per second and replica", rate)
	if rate > probesPerSecond {
		t.breaks("%.1f POSTs per second and replica while Rocket is down, want at most %d", rate, probesPerSecond)
	}
}

func rocketGone(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL(), staleAtOnce()...)
	t.warmStale(1)
	t.rocket.fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	t.repeatStale()
	t.wantFewProbes(t.rocket.posts.Load(), staleLoad)
	t.wantNoFailure()
	t.wantLoginsAtMost(1)
}

const staleLoad = 6 * time.Second

// repeatStale has callers repeat a stale entry for a while.
func (t *trial) repeatStale() {
	stop := t.repeat(10, 10*time.Millisecond, func(caller, n int) { t.get(t.replicas[(caller+n)%3].api + cold("stale", 0)) })
	time.Sleep(staleLoad)
	stop()
}

// rocketCut has responses that are slow and never complete.
func rocketCut(t *trial) {
	host, path, _ := strings.Cut(strings.TrimPrefix(t.rocket.url, "http://"), "/")
	proxy := startProxy(t, host)
	t.rocket.url = "http://" + proxy.Address + "/" + path
	t.start(t.T, testkit.StartRedis(t).URL(), staleAtOnce()...)
	t.warmStale(1)
	proxy.Delay(80 * time.Millisecond)
	mend := proxy.CutEvery(50 * time.Millisecond)
	t.repeatStale()
	mend()
	t.wantFewProbes(t.rocket.posts.Load(), staleLoad)
	t.wantNoFailure()
	t.wantLoginsAtMost(1)
}

// sessionsLost has Rocket refuse every token that it has issued. The fleet logs in once each time, and no request fails.
func sessionsLost(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	t.warm()
	t.rocket.slow(50 * time.Millisecond)
	stop := t.miss()
	const losses = 3
	for n := range losses {
		t.rocket.sim.EndSessions()
		t.await("a login", func() bool { return t.rocket.logins() > 1+n })
		done := len(t.callers.list())
		t.await("further requests", func() bool { return len(t.callers.list()) > done+200 })
	}
	stop()
	t.wantNoFailure()
	t.wantLoginsAtMost(1 + losses)
}

const (
	failingLoad = 20 * time.Second
	// POSTs of the fleet within failingLoad: the first, and those 1, 2, 4 and 8 s after the one before, and one to spare.
	failingFetches = 6
)

// oneColdQueryFails shows that callers who repeat a query that fails do not have the replicas repeat the POST.
func oneColdQueryFails(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	t.warm()
	var mu sync.Mutex
	var attempts []string // guarded by mu: seconds since the first
	begun := time.Now()
	t.rocket.fail(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		attempts = append(attempts, fmt.Sprintf("%.1f", time.Since(begun).Seconds()))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	var failed results
	stop := t.repeat(30, 50*time.Millisecond, func(caller, n int) {
		failed.add(t.send(t.replicas[(caller+n)%3].api + cold("failing")))
	})
	time.Sleep(failingLoad)
	stop()
	all := failed.list()
	t.figure("%d responses with 502 of %d, p99 %s", len(failed.where(func(s result) bool { return s.status == http.StatusBadGateway })),
		len(all), round(percentile(all, 99)))
	if none := failed.where(func(s result) bool { return s.status < http.StatusInternalServerError }); len(none) > 0 {
		t.breaks("%d of %d responses are no failure of Rocket's, the first: %v", len(none), len(all), none[0])
	}
	mu.Lock()
	t.figure("POSTs after %s s, %d of them retries", strings.Join(attempts, ", "), t.retries())
	if fetches := len(attempts) - t.retries(); fetches > failingFetches {
		t.breaks("%d fetches, want %d at most", fetches, failingFetches)
	}
	mu.Unlock()
	t.rocket.fail(nil)
	t.await("the query's success", func() bool { return !t.send(t.replicas[0].api + cold("failing")).failed() })
	t.wantNoFailure()
	t.wantLoginsAtMost(1)
}

// retries returns how many requests the replicas have repeated within a fetch or a login.
func (t *trial) retries() (total int) {
	for _, r := range t.replicas {
		for line := range strings.Lines(get(t.T, r.admin+"/metrics").body) {
			if count, ok := strings.CutPrefix(line, "rocket_gateway_upstream_retries_total "); ok {
				n, _ := strconv.Atoi(strings.TrimSpace(count))
				total += n
			}
		}
	}
	return total
}
