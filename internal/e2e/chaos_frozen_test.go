//go:build chaos

package e2e_test

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var frozenRows = []row{
	{"hits while Redis hangs", hitsWhileRedisHangs},
	{"Redis frozen for 30 s under load", redisFrozen},
}

func hitsWhileRedisHangs(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	stop := t.compareHits()
	server.Freeze()
	defer server.Thaw()
	t.endure(faultLength)
	stop()
	t.wantOptionalRedis()
	t.wantPosts(0)
}

// redisFrozen freezes Redis, without closing its connections, for longer than any timeout of the gateway's.
func redisFrozen(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	stopHits, stopMisses := t.compareHits(), t.miss()
	server.Freeze()
	t.endure(30 * time.Second)
	server.Thaw()
	t.wantSoon("shared again", t.awaitSharing(1), recovery)
	stopMisses()
	stopHits()
	t.wantOptionalRedis()
}
