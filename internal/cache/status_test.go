package cache_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		status cache.Status
		want   string
		label  string
	}{
		{cache.Status{Hit: true, TTL: 240 * time.Second, Tier: "memory"}, "hit; ttl=240; detail=memory", "hit-memory"},
		{cache.Status{Hit: true, TTL: 999 * time.Millisecond, Tier: "redis"}, "hit; ttl=0; detail=redis", "hit-redis"},
		{cache.Status{Hit: true, TTL: -time.Millisecond, Tier: "redis"}, "hit; ttl=-1; detail=redis", "stale"},
		{cache.Status{Hit: true, TTL: -12 * time.Second, Tier: "memory"}, "hit; ttl=-12; detail=memory", "stale"},
		{cache.Status{Fwd: "miss", FwdStatus: 200, Stored: true}, "fwd=miss; fwd-status=200; stored", "miss"},
		{cache.Status{Fwd: "miss", FwdStatus: 200}, "fwd=miss; fwd-status=200", "miss"},
		{cache.Status{Fwd: "miss", Collapsed: true}, "fwd=miss; collapsed", "collapsed"},
		{cache.Status{Fwd: "miss"}, "fwd=miss", "miss"},
		{cache.Status{Fwd: "stale", FwdStatus: 503, Stale: cache.StaleError}, "fwd=stale; fwd-status=503", "stale"},
		{cache.Status{Fwd: "stale", Collapsed: true, Stale: cache.StaleError}, "fwd=stale; collapsed", "stale"},
		{cache.Status{Fwd: "stale", FwdStatus: 200, Stored: true}, "fwd=stale; fwd-status=200; stored", "expired"},
		{cache.Status{Fwd: "request", FwdStatus: 200, Stored: true}, "fwd=request; fwd-status=200; stored", "request"},
	} {
		if got := c.status.String(); got != "rocket-gateway; "+c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if got := c.status.Label(); got != c.label {
			t.Errorf("%s: label %q, want %q", c.want, got, c.label)
		}
	}
}
