package upstream

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// withBreaker runs a test on the breaker of a host with virtual time.
func withBreaker(t *testing.T, test func(t *testing.T, b *breaker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newBreaker(30*time.Second, time.Now, slog.New(slog.DiscardHandler)))
	})
}

func wantState(t *testing.T, b *breaker, want string) {
	t.Helper()
	if got, _, _ := b.status(); got != want {
		t.Errorf("the breaker is %s, want %s", got, want)
	}
}

// failEvery has a request fail after some time, again and again.
func failEvery(b *breaker, times int, took time.Duration) {
	for range times {
		a := b.begin()
		time.Sleep(took)
		a.end(errFailed)
	}
}

// The host replies with a failure after 300 ms: it is suspect within two seconds, down within four, and closed with one success.
func TestFailuresOpenTheBreaker(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		b.begin().end(nil)
		failEvery(b, 3, 300*time.Millisecond)
		wantState(t, b, BreakerClosed)
		failEvery(b, 3, 300*time.Millisecond)
		wantState(t, b, BreakerSuspect)
		failEvery(b, 1, 300*time.Millisecond)
		wantState(t, b, BreakerOpen)
		b.begin().end(nil)
		wantState(t, b, BreakerClosed)
		if _, opened, _ := b.status(); opened != 1 {
			t.Errorf("it opened %d times", opened)
		}
	})
}

// A few failures make a host suspect, not down; one request that hung and failed does, if nothing succeeded meanwhile.
func TestFewFailures(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		failEvery(b, openFailures-1, 2*time.Second)
		wantState(t, b, BreakerSuspect)
		b.begin().end(nil)
		failEvery(b, 1, hangAfter)
		wantState(t, b, BreakerOpen)
	})
}

// The host hangs. Those in flight make it suspect long before any of them fails, and down when they do.
func TestHangingHost(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		b.begin().end(nil)
		var hanging []*attempt
		for range 32 {
			hanging = append(hanging, b.begin())
		}
		time.Sleep(lateAfter - 1)
		wantState(t, b, BreakerClosed)
		time.Sleep(time.Nanosecond)
		wantState(t, b, BreakerSuspect)
		time.Sleep(30*time.Second - lateAfter)
		for _, a := range hanging {
			a.end(context.DeadlineExceeded)
		}
		wantState(t, b, BreakerOpen)
		time.Sleep(evidenceLife)
		wantState(t, b, BreakerClosed) // nothing is known any more
	})
}

// A host that takes ten seconds for everything is slow, and suspect at most; so is one with a single query that takes long.
func TestSlowHostDoesNotOpenTheBreaker(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		for range 10 {
			a := b.begin()
			time.Sleep(10 * time.Second)
			wantState(t, b, BreakerSuspect)
			a.end(nil)
			wantState(t, b, BreakerClosed)
		}
		long := b.begin()
		for range 20 {
			a := b.begin()
			time.Sleep(time.Second)
			a.end(nil)
			wantState(t, b, BreakerClosed)
		}
		long.end(nil)
	})
}

// What this process gave up, and responses that concern the account alone, are no evidence, whatever their number.
func TestNoEvidence(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		for range 100 {
			givenUp := b.begin()
			time.Sleep(100 * time.Millisecond)
			givenUp.end(context.Canceled)
			short := b.begin()
			time.Sleep(100 * time.Millisecond)
			short.end(context.DeadlineExceeded) // it had no time
			refused := b.begin()
			time.Sleep(time.Second)
			refused.end(errLimited)
			wantState(t, b, BreakerClosed)
		}
	})
}

// A host of which every other request fails is left to the retries.
func TestHalfOfTheRequestsFail(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		for range 100 {
			failEvery(b, 1, 300*time.Millisecond)
			wantState(t, b, BreakerClosed)
			b.begin().end(nil)
		}
	})
}

// An attempt counts once, however often its end is recorded.
func TestAttemptEndsOnce(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		for range openFailures + 1 {
			a := b.begin()
			time.Sleep(time.Second)
			a.end(nil)
			a.end(errFailed)
			a.end(context.DeadlineExceeded)
		}
		wantState(t, b, BreakerClosed)
		if b.inFlight.Len() != 0 {
			t.Errorf("%d are in flight", b.inFlight.Len())
		}
	})
}

// Suspect hosts get cold queries and few refreshes, down ones a few probes a second. Probes that hang slow the next ones down, and
// never use the host up.
func TestPermits(t *testing.T) {
	withBreaker(t, func(t *testing.T, b *breaker) {
		permits := func(p priority) (n int) {
			for range 100 {
				if !b.allows(p) {
					continue
				}
				if release, ok := b.permit(p); ok {
					n++
					release()
				}
			}
			return n
		}
		if permits(background) != 100 || permits(foreground) != 100 {
			t.Error("a closed breaker refused")
		}
		failEvery(b, 4, 300*time.Millisecond)
		if callers, refreshes := permits(foreground), permits(background); callers != 100 || refreshes != 1 {
			t.Errorf("suspect: %d and %d", callers, refreshes)
		}
		failEvery(b, 4, 300*time.Millisecond)
		if n := permits(foreground); n != 1 {
			t.Errorf("open: %d", n)
		}
		if _, _, probe := b.status(); probe {
			t.Error("the next probe is due at once")
		}
		hanging := 0
		for range 300 { // half a minute
			time.Sleep(100 * time.Millisecond)
			failEvery(b, 1, 0)
			if _, ok := b.permit(foreground); ok {
				hanging++
			}
		}
		if hanging < 8 || hanging > 12 {
			t.Errorf("%d probes hang after half a minute", hanging)
		}
	})
}

// The log has a line for each change, and none for each request.
func TestChangesAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		b := newBreaker(30*time.Second, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
		failEvery(b, 20, 300*time.Millisecond)
		for range 5 {
			b.begin().end(nil)
		}
		for _, line := range []string{
			"rocket does not respond, serving stale entries", "rocket fails, sending probes only", "rocket responds again",
		} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("%q is there %d times:\n%s", line, n, log.String())
			}
		}
	})
}

func TestSeveral429InARowCoolTheAccountDown(t *testing.T) {
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
		t.Errorf("after the cooldown: %s", left)
	}
}
