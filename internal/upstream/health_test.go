package upstream

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// withHealth runs a test on the health of a host, where time is virtual.
func withHealth(t *testing.T, test func(t *testing.T, h *health)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newHealth(30*time.Second, time.Now, slog.New(slog.DiscardHandler)))
	})
}

func wantState(t *testing.T, h *health, want string) {
	t.Helper()
	if got, _ := h.breaker(); got != want {
		t.Errorf("the breaker is %s, want %s", got, want)
	}
}

// failEvery has a request fail after some time, again and again.
func failEvery(h *health, times int, took time.Duration) {
	for range times {
		a := h.begin()
		time.Sleep(took)
		a.fail()
	}
}

// The host replies with a failure after 300 ms: it is suspect within two seconds, down within four, and closed with one success.
func TestFailuresOpenTheBreaker(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		h.begin().succeed()
		failEvery(h, 3, 300*time.Millisecond)
		wantState(t, h, BreakerClosed)
		failEvery(h, 3, 300*time.Millisecond)
		wantState(t, h, BreakerSuspect)
		failEvery(h, 1, 300*time.Millisecond)
		wantState(t, h, BreakerOpen)
		h.begin().succeed()
		wantState(t, h, BreakerClosed)
		if _, opened := h.breaker(); opened != 1 {
			t.Errorf("it opened %d times", opened)
		}
	})
}

// A few failures make a host suspect, not down; one request that hung and failed does, if nothing succeeded meanwhile.
func TestFewFailures(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		failEvery(h, downFailures-1, 2*time.Second)
		wantState(t, h, BreakerSuspect)
		h.begin().succeed()
		failEvery(h, 1, hangAfter)
		wantState(t, h, BreakerOpen)
	})
}

// The host hangs. Those in flight make it suspect long before any of them fails, and down when they do.
func TestHangingHost(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		h.begin().succeed()
		var hanging []*attempt
		for range 32 {
			hanging = append(hanging, h.begin())
		}
		time.Sleep(lateAfter - 1)
		wantState(t, h, BreakerClosed)
		time.Sleep(time.Nanosecond)
		wantState(t, h, BreakerSuspect)
		time.Sleep(30*time.Second - lateAfter)
		for _, a := range hanging {
			a.expire()
		}
		wantState(t, h, BreakerOpen)
		time.Sleep(evidenceLife)
		wantState(t, h, BreakerClosed) // nothing is known any more
	})
}

// A host that takes ten seconds for everything is slow, and suspect at most; so is one with a single query that takes long.
func TestSlowHostIsNotDown(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		for range 10 {
			a := h.begin()
			time.Sleep(10 * time.Second)
			wantState(t, h, BreakerSuspect)
			a.succeed()
			wantState(t, h, BreakerClosed)
		}
		long := h.begin()
		for range 20 {
			a := h.begin()
			time.Sleep(time.Second)
			a.succeed()
			wantState(t, h, BreakerClosed)
		}
		long.succeed()
	})
}

// What this process gave up, and responses that concern the account alone, are no evidence, whatever their number.
func TestNoEvidence(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		for range 100 {
			a := h.begin()
			time.Sleep(100 * time.Millisecond)
			a.abandon(false)
			b := h.begin()
			time.Sleep(100 * time.Millisecond)
			b.expire() // it had no time
			c := h.begin()
			time.Sleep(time.Second)
			c.abandon(true)
			wantState(t, h, BreakerClosed)
		}
	})
}

// A host of which every other request fails is left to the retries.
func TestHalfOfTheRequestsFail(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		for range 100 {
			failEvery(h, 1, 300*time.Millisecond)
			wantState(t, h, BreakerClosed)
			h.begin().succeed()
		}
	})
}

// An attempt counts once, however often its end is recorded.
func TestAttemptEndsOnce(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		for range downFailures + 1 {
			a := h.begin()
			time.Sleep(time.Second)
			a.succeed()
			a.fail()
			a.expire()
		}
		wantState(t, h, BreakerClosed)
		if h.inFlight.Len() != 0 {
			t.Errorf("%d are in flight", h.inFlight.Len())
		}
	})
}

// Suspect hosts get cold queries and few refreshes, down ones a few probes a second. Probes that hang slow the next ones down, and
// never use the host up.
func TestPermits(t *testing.T) {
	withHealth(t, func(t *testing.T, h *health) {
		permits := func(background bool) (n int) {
			for range 100 {
				if h.refuses(background) {
					continue
				}
				if release, ok := h.permit(background); ok {
					n++
					release()
				}
			}
			return n
		}
		if permits(true) != 100 || permits(false) != 100 {
			t.Error("a closed breaker refused")
		}
		failEvery(h, 4, 300*time.Millisecond)
		if foreground, background := permits(false), permits(true); foreground != 100 || background != 1 {
			t.Errorf("suspect: %d and %d", foreground, background)
		}
		failEvery(h, 4, 300*time.Millisecond)
		if n := permits(false); n != 1 {
			t.Errorf("down: %d", n)
		}
		if _, probe := h.failing(); probe {
			t.Error("the next probe is due at once")
		}
		hanging := 0
		for range 300 { // half a minute
			time.Sleep(100 * time.Millisecond)
			failEvery(h, 1, 0)
			if _, ok := h.permit(false); ok {
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
		h := newHealth(30*time.Second, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
		failEvery(h, 20, 300*time.Millisecond)
		for range 5 {
			h.begin().succeed()
		}
		for _, line := range []string{"rocket does not respond, serving stale entries", "rocket fails, sending probes only", "rocket responds again"} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("%q is there %d times:\n%s", line, n, log.String())
			}
		}
	})
}
