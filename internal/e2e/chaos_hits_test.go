//go:build chaos

package e2e_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const (
	hitCallers = 4
	hitPause   = 4 * time.Millisecond
	hitRound   = 250 // pairs

	// hitFloor is what the p99 of hits may differ by in any case: both are fractions of a millisecond on a quiet machine.
	hitFloor = time.Millisecond

	// A fault under which hits are compared lasts for some time and for some rounds.
	faultLength = 8 * time.Second
	hitRounds   = 10
)

// pair is a hit of the row's fleet and a hit of the healthy one at the same time.
type pair struct{ ours, healthy result }

// pairs collects the pairs of several callers.
type pairs struct {
	mu  sync.Mutex
	all []pair // guarded by mu
}

func (p *pairs) add(one pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, one)
}

func (p *pairs) list() []pair {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.all)
}

// p99 returns the 99th percentile of each side.
func p99(of []pair) (ours, healthy time.Duration) {
	var left, right []result
	for _, p := range of {
		left, right = append(left, p.ours), append(right, p.healthy)
	}
	return percentile(left, 99), percentile(right, 99)
}

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

// compareHits has callers send pairs of hits until stop. Both sides see the same machine at the same time, so that the ratio of
// their p99 does not depend on what else the machine does.
func (t *trial) compareHits() (stop func()) {
	url := func(f *fleet, caller, n int) string { return f.replicas[(caller+n)%len(f.replicas)].api + hot }
	send := func(caller, n int) (p pair) {
		var ours sync.WaitGroup
		ours.Go(func() { p.ours = t.send(url(t.fleet, caller, n)) })
		p.healthy = t.send(url(t.healthy, caller, n))
		ours.Wait()
		return p
	}
	repeatOnce(hitCallers, func(caller int) { // opens the connections
		for n := range t.replicas {
			send(caller, n)
		}
	})
	return t.repeat(hitCallers, hitPause, func(caller, n int) {
		p := send(caller, n)
		t.callers.add(p.ours)
		t.hits.add(p)
	})
}

// endure waits while a fault lasts.
func (t *trial) endure(length time.Duration) {
	t.Helper()
	time.Sleep(length)
	t.await("more hits", func() bool { return len(t.hits.list()) >= hitRounds*hitRound })
}

// hitRatio returns the median over all rounds of how many times the p99 of hits is that of the healthy fleet. The median spares
// the single rounds in which the scheduler held up one side.
func (t *trial) hitRatio() float64 {
	var ratios []float64
	for round := range slices.Chunk(t.hits.list(), hitRound) {
		if ours, healthy := p99(round); len(round) == hitRound {
			ratios = append(ratios, float64(ours)/float64(healthy+hitFloor/2))
		}
	}
	if len(ratios) == 0 {
		return 0
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// hitFigure returns the comparison for the table, nothing if there was none.
func (t *trial) hitFigure() string {
	if len(t.hits.list()) == 0 {
		return ""
	}
	ours, healthy := p99(t.hits.list())
	return fmt.Sprintf("%s, healthy %s, ratio %.1f", round(ours), round(healthy), t.hitRatio())
}

// wantHitsAsHealthy checks that fresh entries in memory were hits throughout, at twice the p99 of the healthy fleet at most.
func (t *trial) wantHitsAsHealthy() {
	t.Helper()
	for _, p := range t.hits.list() {
		if !p.ours.failed() && !p.ours.fresh() {
			t.breaks("a fresh entry in memory was no hit: %v", p.ours)
			break
		}
	}
	if ratio := t.hitRatio(); ratio == 0 || ratio > 2 {
		t.breaks("p99 of hits %.1f times that of the healthy fleet at the same time, want at most 2", ratio)
	}
}

// hitsWhileHealthy shows how far two healthy fleets differ.
func hitsWhileHealthy(t *trial) {
	t.start(t.T, testkit.StartRedis(t).URL())
	t.warm()
	stop := t.compareHits()
	t.endure(faultLength)
	stop()
	t.wantNoFailure()
	t.wantHitsAsHealthy()
	t.wantPosts(0)
	t.wantLoginsAtMost(1)
}
