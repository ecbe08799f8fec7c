//go:build chaos

package main_test

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
	server.Freeze()
	defer server.Thaw()
	stop := t.compareHits()
	time.Sleep(5 * time.Second)
	stop()
	t.wantOptionalRedis()
	t.wantPosts(1)
}

// redisFrozen freezes Redis, without closing its connections, for longer than any timeout of the gateway's.
func redisFrozen(t *trial) {
	server := testkit.StartRedis(t)
	t.start(t.T, server.URL())
	t.warm()
	stopHits, stopMisses := t.compareHits(), t.miss()
	server.Freeze()
	time.Sleep(30 * time.Second)
	server.Thaw()
	t.wantSoon("shared again", t.awaitSharing(1), recovery)
	stopMisses()
	stopHits()
	t.wantOptionalRedis()
}
