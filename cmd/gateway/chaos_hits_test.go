//go:build chaos

package main_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const (
	hitCallers = 4
	hitPause   = 5 * time.Millisecond

	// hitFloor is what the p99 of hits may differ by in any case: both are fractions of a millisecond on a quiet machine.
	hitFloor = time.Millisecond
)

// startHealthyFleet starts the fleet that no row disturbs.
func startHealthyFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{rocket: startRocket(t)}
	f.start(t, testkit.StartRedis(t).URL())
	for _, r := range f.replicas {
		if a := get(t, r.api+hot); a.StatusCode != 200 {
			t.Fatal(a.StatusCode, a.body)
		}
	}
	return f
}

// compareHits has callers alternate between a hit of this fleet and one of the healthy fleet until stop. Both are measured on the
// same machine at the same time, so that the ratio of their p99 does not depend on what else the machine does.
func (t *trial) compareHits() (stop func()) {
	return repeat(hitCallers, hitPause, func(caller, n int) {
		ours, healthy := t.replicas[(caller+n)%len(t.replicas)].api+hot, t.healthy.replicas[(caller+n)%len(t.healthy.replicas)].api+hot
		if n%2 == 0 { // the first after a pause is the slower one
			t.hits.add(t.get(ours))
		}
		t.healthyHits.add(t.send(healthy))
		if n%2 == 1 {
			t.hits.add(t.get(ours))
		}
	})
}

// hitRatio returns the p99 of hits beside that of the healthy fleet, or nothing if they were not compared.
func (t *trial) hitRatio() string {
	ours, healthy := percentile(t.hits.list(), 99), percentile(t.healthyHits.list(), 99)
	if healthy == 0 {
		return ""
	}
	return fmt.Sprintf("%s (%.1f × healthy)", round(ours), float64(ours)/float64(healthy))
}

// wantHitsAsHealthy checks that fresh entries in memory were hits throughout, at twice the p99 of the healthy fleet at most.
func (t *trial) wantHitsAsHealthy() {
	t.Helper()
	if missed := t.hits.where(func(s result) bool { return !s.failed() && !s.fresh() }); len(missed) > 0 {
		t.breaks("%d fresh entries in memory were no hits, the first: %v", len(missed), missed[0])
	}
	ours, healthy := percentile(t.hits.list(), 99), percentile(t.healthyHits.list(), 99)
	if ours > 2*healthy+hitFloor {
		t.breaks("p99 of hits %s, want at most twice that of the healthy fleet at the same time, %s", round(ours), round(healthy))
	}
}

// hitsWhileHealthy shows how far two healthy fleets differ.
func hitsWhileHealthy(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	t.warm()
	stop := t.compareHits()
	time.Sleep(5 * time.Second)
	stop()
	t.wantNoFailure()
	t.wantHitsAsHealthy()
	t.wantPosts(1)
	t.wantLoginsAtMost(1)
}
