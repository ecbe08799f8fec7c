//go:build chaos

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// trial is one run of a row: its fleet, what its callers saw, and the figures of its line in the table.
type trial struct {
	*testing.T
	*fleet
	healthy *fleet // of all rows, undisturbed: what hits are compared with
	client  *http.Client
	rand    *rand.Rand // for the row's own goroutine only

	before struct { // counts at the end of warm
		posts    int64
		requests int
	}
	callers     results // all requests that must succeed
	hits        pairs   // of compareHits
	healthyHits results // of the healthy fleet while stale entries are served
	figures     []string

	mu     sync.Mutex
	broken []string // guarded by mu: criteria that do not hold
}

// breaks records that a criterion does not hold.
func (t *trial) breaks(format string, args ...any) {
	t.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.broken = append(t.broken, fmt.Sprintf(format, args...))
	t.Errorf(format, args...)
}

// figure adds a figure to the row's line.
func (t *trial) figure(format string, args ...any) {
	t.figures = append(t.figures, fmt.Sprintf(format, args...))
}

func (t *trial) wantNoFailure() {
	t.Helper()
	failed := t.callers.where(result.failed)
	if len(failed) > 0 {
		t.breaks("%d of %d requests failed, the first: %v", len(failed), len(t.callers.list()), failed[0])
	}
}

func (t *trial) wantPosts(exactly int64) {
	t.Helper()
	if n := t.rocket.posts.Load() - t.before.posts; n != exactly {
		t.breaks("%d POSTs, want %d", n, exactly)
	}
}

func (t *trial) wantPostsAtMost(most int) {
	t.Helper()
	if n := int(t.rocket.posts.Load() - t.before.posts); n > most {
		t.breaks("%d POSTs, want at most %d", n, most)
	}
}

func (t *trial) wantLoginsAtMost(most int) {
	t.Helper()
	if n := t.rocket.logins(); n > most {
		t.breaks("%d logins, want at most %d", n, most)
	}
}

// wantSoon reports what took longer than the limit that the contract sets for it, and shows the time as a figure.
func (t *trial) wantSoon(what string, took, limit time.Duration) {
	t.Helper()
	t.figure("%s after %s", what, round(took))
	if took > limit {
		t.breaks("%s after %s, want %s", what, round(took), limit)
	}
}

const tableHeader = "| row\t| requests\t| failed\t| POSTs\t| logins\t| p50\t| p99\t| p99 of hits\t| figures\t| result\t|\n" +
	"| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|\n"

// line returns the row's line of the table.
func (t *trial) line(name, verdict string) string {
	all := t.callers.list()
	cells := []any{
		name, len(all), len(t.callers.where(result.failed)), t.rocket.posts.Load(), t.rocket.logins(),
		round(percentile(all, 50)), round(percentile(all, 99)), t.hitFigure(), strings.Join(t.figures, "; "), verdict,
	}
	return fmt.Sprintf(strings.Repeat("| %v\t", len(cells))+"|\n", cells...)
}

// summary returns the same figures as a sentence for the progress of the run.
func (t *trial) summary() string {
	all := t.callers.list()
	parts := []string{fmt.Sprintf("%d requests, %d failed, %d POSTs, %d logins, p99 %s",
		len(all), len(t.callers.where(result.failed)), t.rocket.posts.Load(), t.rocket.logins(), round(percentile(all, 99)))}
	if hits := t.hitFigure(); hits != "" {
		parts = append(parts, "p99 of hits "+hits)
	}
	return strings.Join(append(parts, t.figures...), "; ")
}

// round returns d with about three significant digits.
func round(d time.Duration) time.Duration {
	unit := 10 * time.Microsecond
	for d >= 1000*unit {
		unit *= 10
	}
	return d.Round(unit)
}
