package upstream

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestSeveral429InARowPauseTheAccount(t *testing.T) {
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	var p pause
	limited := status(fault.UpstreamUnavailable, 429, 7*time.Second)
	for range limitedInARow - 1 {
		p.learn(limited, now)
	}
	p.learn(nil, now) // begins a new row
	for range limitedInARow - 1 {
		p.learn(limited, now)
	}
	if left := p.left(now); left > 0 {
		t.Fatalf("two in a row: %s", left)
	}
	p.learn(limited, now)
	if left := p.left(now); left != 7*time.Second {
		t.Errorf("three in a row: %s", left)
	}
	if left := p.left(now.Add(7 * time.Second)); left > 0 {
		t.Errorf("after the pause: %s", left)
	}
}
