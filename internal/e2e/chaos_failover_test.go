//go:build chaos

package e2e_test

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var failoverRows = []row{
	{"Sentinel fails over, master killed", sentinelFailsOver},
	{"Cluster fails over, master killed", clusterFailsOver((*testkit.Cluster).KillMaster)},
	{"Cluster fails over, master frozen", clusterFailsOver((*testkit.Cluster).FreezeMaster)},
}

// failover is how soon the gateway must follow a failover.
const failover = 20 * time.Second

func sentinelFailsOver(t *trial) {
	s := testkit.StartSentinel(t)
	t.failOver(s.URL(), s.KillMaster)
}

func clusterFailsOver(fault func(*testkit.Cluster, int)) func(*trial) {
	return func(t *trial) {
		c := testkit.StartCluster(t)
		t.failOver(c.URL(), func() { fault(c, t.rand.IntN(3)) })
	}
}

// failOver breaks a master under load. Sharing is asked for with so many queries that each master has some.
func (t *trial) failOver(redisURL string, fault func()) {
	t.start(t.T, redisURL)
	t.warm()
	t.awaitSharing(24)
	stopHits, stopMisses := t.compareHits(), t.miss()
	fault()
	t.wantSoon("shared again", t.awaitSharing(24), failover)
	t.endure(0)
	stopMisses()
	stopHits()
	t.wantOptionalRedis()
}
