package quota_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/quota"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// clock is one that a test sets.
type clock struct{ time.Time }

func (c *clock) now() time.Time          { return c.Time }
func (c *clock) advance(d time.Duration) { c.Time = c.Add(d) }

func limit(t testing.TB, text string) rate.Limit {
	t.Helper()
	l, err := rate.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// alone is a limiter of one process, with a clock that stands still.
func alone(t testing.TB, text string) (*quota.Limiter, *clock) {
	c := &clock{time.Date(2025, 6, 18, 9, 0, 0, 0, time.UTC)}
	return quota.New(quota.Requests, limit(t, text), nil, c.now), c
}

// replica is a limiter with a connection of its own to a shared Redis.
func replica(t testing.TB, url, text string) *quota.Limiter {
	t.Helper()
	return quota.New(quota.Requests, limit(t, text), connect(t, url), time.Now)
}

func connect(t testing.TB, url string) *fleet.Redis {
	t.Helper()
	r, err := fleet.Connect(url, "test:", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func raw(t testing.TB, server *testkit.Redis) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: server.Address})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// key is where the requests of a caller are counted.
func key(caller string) string {
	hash := sha256.Sum256([]byte(caller))
	return "test:q1:requests:{" + base64.RawURLEncoding.EncodeToString(hash[:]) + "}"
}

// grants says how many of n requests of a caller pass.
func grants(l *quota.Limiter, caller string, n int) (granted int) {
	for range n {
		if _, ok := l.Take(context.Background(), caller); ok {
			granted++
		}
	}
	return granted
}

// refused checks that a caller has nothing left, and gives how long until there is something.
func refused(t testing.TB, l *quota.Limiter, caller string) time.Duration {
	t.Helper()
	s, ok := l.Take(context.Background(), caller)
	if ok || s.Remaining != 0 || s.Next <= 0 {
		t.Fatalf("granted %t, standing %+v, want a refusal", ok, s)
	}
	return s.Next
}

// wantShared waits until two replicas count together.
func wantShared(t testing.TB, one, two *quota.Limiter) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		caller := rand.Text()
		a, _ := one.Take(t.Context(), caller)
		b, _ := two.Take(t.Context(), caller)
		if b.Remaining == a.Remaining-1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("one replica sees %d left, then the other %d", a.Remaining, b.Remaining)
		}
	}
}
