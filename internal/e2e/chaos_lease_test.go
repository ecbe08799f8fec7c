//go:build chaos

package e2e_test

import (
	"sync"
	"syscall"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var leaseRows = []row{
	{"lease holder killed during its fetch", holderKilled},
	{"lease holder stopped for 8 s during its fetch", holderStopped},
}

// fetchAt has one replica fetch the hot query, and returns once the POST has arrived.
func (t *trial) fetchAt(replica *gateway, get func(url string) result) (done func()) {
	t.rocket.slow(time.Second)
	var fetch sync.WaitGroup
	fetch.Go(func() { get(replica.api + hot) })
	t.await("the POST", func() bool { return t.rocket.posts.Load() == 1 })
	return fetch.Wait
}

// holderKilled shows that waiters at other replicas get the response of a second fetch.
func holderKilled(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	done := t.fetchAt(t.replicas[0], func(url string) result { return t.send(url) })
	defer done()
	waiting := t.runAside(100, func(caller int) string { return t.replicas[1+caller%2].api + hot })
	_ = t.replicas[0].process().command.Process.Kill()
	waiting()
	t.wantNoFailure()
	t.wantPosts(2)
	t.wantLoginsAtMost(1)
}

// runAside sends one request for each of some callers, and returns a function that waits for their responses.
func (t *trial) runAside(callers int, url func(caller int) string) (wait func()) {
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() { t.get(url(c)) })
	}
	return all.Wait
}

const stopped = 8 * time.Second // more than twice the life of a lease

// holderStopped shows that the others go on, and that the holder replaces nothing newer when it wakes, in no tier.
func holderStopped(t *trial) {
	redisURL := testkit.StartRedis(t).URL()
	t.start(t.T, redisURL)
	done := t.fetchAt(t.replicas[0], t.get)
	t.replicas[0].signal(syscall.SIGSTOP)
	wake := time.After(stopped)
	waiting := t.runAside(20, func(caller int) string { return t.replicas[1+caller%2].api + hot })
	t.wantTakeover(t.await("the others' POST", func() bool { return t.rocket.posts.Load() == 2 }))
	waiting()
	t.rocket.slow(0)
	t.run(8, 25, func(caller, n int) string { return t.replicas[1+(caller+n)%2].api + cold("q", caller, n) })
	<-wake
	t.replicas[0].signal(syscall.SIGCONT)
	done()
	took := t.await("the holder to serve the newer body", func() bool { return t.get(t.replicas[0].api+hot).number == 2 })
	t.wantSoon("the holder serves the newer body", took, 2*time.Second)
	t.start(t.T, redisURL) // further replicas, which read it from Redis
	for _, r := range t.replicas {
		if s := t.get(r.api + hot); s.number != 2 {
			t.breaks("body %d is served, want 2, the newest: %v", s.number, s)
		}
	}
	t.wantNoFailure()
	t.wantPosts(2 + 8*25)
	t.wantLoginsAtMost(1)
}

// A lease that is not renewed is taken over after its life of 3 s, and no later than 2 s after that.
const (
	earliestTakeover = 3 * time.Second
	latestTakeover   = 5 * time.Second
)

// wantTakeover checks when the others began to fetch.
func (t *trial) wantTakeover(took time.Duration) {
	t.Helper()
	t.wantSoon("the others take over", took, latestTakeover)
	if took < earliestTakeover {
		t.breaks("the others take over after %s, want %s at the earliest", round(took), earliestTakeover)
	}
}
