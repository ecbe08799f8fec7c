package upstream

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestSeveral429InARowPauseTheAccount(t *testing.T) {
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	var c cooldown
	limited := status(fault.UpstreamUnavailable, 429, 7*time.Second)
	for range cooldownAfter - 1 {
		c.record(limited, now)
	}
	c.record(nil, now) // begins a new row
	for range cooldownAfter - 1 {
		c.record(limited, now)
	}
	if left := c.left(now); left > 0 {
		t.Fatalf("two in a row: %s", left)
	}
	c.record(limited, now)
	if left := c.left(now); left != 7*time.Second {
		t.Errorf("three in a row: %s", left)
	}
	if left := c.left(now.Add(7 * time.Second)); left > 0 {
		t.Errorf("after the pause: %s", left)
	}
}
