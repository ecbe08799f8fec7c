//go:build chaos

package e2e_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var coldRows = []row{
	{"900 callers, one cold query", oneColdQuery},
	{"600 cold queries at each of three replicas, machine busy", coldQueries(600)},
	{"1,000 cold queries at each of three replicas, machine busy", coldQueries(1000)},
	{"4 responses of 4 to 7 MB, 100 Mbit/s to Redis", largeResponses},
}

const busyProcesses = 6

// oneColdQuery shows that any number of identical queries at once reach Rocket once.
func oneColdQuery(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	t.rocket.slow(300 * time.Millisecond)
	t.run(900, 1, t.spread(func(int, int) string { return hot }))
	t.wantNoFailure()
	t.wantPosts(1)
	t.wantLoginsAtMost(1)
}

// coldQueries sends the same n queries to all replicas at once while Redis is well and the machine is busy. Timeouts are long: the
// row is about the number of POSTs.
func coldQueries(n int) func(*trial) {
	return func(t *trial) {
		t.start(t.T, testkit.StartRedis(t).URL(), "ROCKET_TIMEOUT=80s", "ROCKET_QUEUE_WAIT=80s")
		t.rocket.slow(100 * time.Millisecond)
		keepBusy(t, busyProcesses)
		t.run(3*n, 1, func(caller, _ int) string { return t.replicas[caller%3].api + cold("q", caller/3) })
		t.wantNoFailure()
		t.wantPosts(int64(n))
		t.wantLoginsAtMost(1)
	}
}

const mbit = 1e6 / 8 // bytes

// largeResponses sends queries with large responses to all replicas at once. Redis is well, but a transfer takes seconds.
func largeResponses(t *trial) {
	proxy := startProxy(t, testkit.StartRedis(t).Address)
	t.start(t.T, "redis://"+proxy.Address+"/0")
	t.warm()
	proxy.Throttle(100 * mbit)
	size := func(filters map[string]string) int {
		megabytes, _ := strconv.Atoi(filters["customer_id"])
		return megabytes * 1_000_000
	}
	t.rocket.size.Store(&size)
	t.run(12, 1, func(caller, _ int) string {
		return t.replicas[caller%3].api + hot + fmt.Sprint("&customer_id=", 4+caller/3)
	})
	t.wantNoFailure()
	t.wantPosts(4)
	t.wantLoginsAtMost(1)
}

// busyLoop runs for minutes, so that a process that outlives its test ends by itself.
const busyLoop = "i=0; while [ $i -lt 300000000 ]; do i=$((i+1)); done"

// keepBusy runs processes that use all the processor time that they get, until the end of the test.
func keepBusy(t testing.TB, processes int) {
	t.Helper()
	for range processes {
		command := exec.CommandContext(t.Context(), "sh", "-c", busyLoop)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = command.Wait() }) // the context ends before
	}
}
