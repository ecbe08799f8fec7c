package ratelimit_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
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

// alone is a limiter of one process, with a clock that does not advance.
func alone(t testing.TB, text string) (*ratelimit.Limiter, *clock) {
	c := &clock{time.Date(2025, 6, 18, 9, 0, 0, 0, time.UTC)}
	return ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: limit(t, text), Now: c.now}), c
}

// replica returns a limiter with a separate connection to a shared Redis.
func replica(t testing.TB, url, text string) *ratelimit.Limiter {
	t.Helper()
	return ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: limit(t, text), Redis: connect(t, url, nil), Now: time.Now})
}

func connect(t testing.TB, url string, metrics prometheus.Registerer) *fleet.Redis {
	t.Helper()
	r, err := fleet.Connect(fleet.Options{URL: url, KeyPrefix: "test:", Log: slog.New(slog.DiscardHandler), Metrics: metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// world is replicas on one Redis, whose time a test lets pass.
type world struct {
	t      testing.TB
	server *testkit.Redis
	passed time.Duration
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{t: t, server: testkit.StartRedis(t)}
}

func (w *world) replica(text string) *ratelimit.Limiter {
	w.t.Helper()
	now := func() time.Time { return time.Now().Add(w.passed) }
	return ratelimit.New(ratelimit.Options{
		Name: ratelimit.Requests, Limit: limit(w.t, text), Redis: connect(w.t, w.server.URL(), nil), Now: now,
	})
}

// pass lets time pass for a caller. Redis's clock cannot be moved, so the start of the caller's bucket is.
func (w *world) pass(caller string, d time.Duration) {
	w.t.Helper()
	client := raw(w.t, w.server)
	var start, used int64
	if _, err := fmt.Sscan(client.Get(w.t.Context(), key(caller)).Val(), &start, &used); err != nil {
		w.t.Fatal(err)
	}
	value := fmt.Sprint(start-d.Microseconds(), " ", used)
	if err := client.Set(w.t.Context(), key(caller), value, redis.KeepTTL).Err(); err != nil {
		w.t.Fatal(err)
	}
	w.passed += d
}

func raw(t testing.TB, server *testkit.Redis) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: server.Address})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// key returns the key of a caller's requests.
func key(caller string) string {
	hash := sha256.Sum256([]byte(caller))
	return "test:q1:requests:{" + base64.RawURLEncoding.EncodeToString(hash[:]) + "}"
}

// grants returns how many of n requests of a caller are granted.
func grants(l *ratelimit.Limiter, caller string, n int) (granted int) {
	for range n {
		if _, ok := l.Take(context.Background(), caller, 1); ok {
			granted++
		}
	}
	return granted
}

// refused checks that a caller has nothing left, and returns how long until there is something.
func refused(t testing.TB, l *ratelimit.Limiter, caller string) time.Duration {
	t.Helper()
	s, ok := l.Take(context.Background(), caller, 1)
	if ok || s.Remaining != 0 || s.Next <= 0 {
		t.Fatalf("granted %t, status %+v, want a refusal", ok, s)
	}
	return s.Next
}

// wantShared waits until two replicas count together.
func wantShared(t testing.TB, one, two *ratelimit.Limiter) {
	t.Helper()
	testkit.Until(t, "the replicas count together", func() bool {
		caller := rand.Text()
		a, _ := one.Take(t.Context(), caller, 1)
		b, _ := two.Take(t.Context(), caller, 1)
		return b.Remaining == a.Remaining-1
	})
}
