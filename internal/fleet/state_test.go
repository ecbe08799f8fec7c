package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// patience is after how long a test that hangs fails.
const patience = time.Minute

func connect(t *testing.T, url string) (*fleet.Redis, *prometheus.Registry) {
	t.Helper()
	metrics := prometheus.NewRegistry()
	r, err := fleet.Connect(fleet.Options{URL: url, KeyPrefix: "test:", Log: slog.New(slog.DiscardHandler), Metrics: metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, metrics
}

// eventually waits for a condition that other processes bring about.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// The metrics through an outage: errors by kind, whether Redis is unavailable, and the duration of every command that was sent.
func TestMetricsThroughOutage(t *testing.T) {
	server := testkit.StartRedis(t)
	r, metrics := connect(t, server.URL())
	metric := func(name string, labels ...string) float64 {
		return testkit.Metric(t, metrics, "redis_"+name, labels...)
	}
	ping := func(ctx context.Context) error { return r.Client.Ping(ctx).Err() }
	do := func(command func(context.Context) error) error { return r.Do(t.Context(), "key", command) }
	type state struct{ away, commands, failed, declined, spared float64 }
	read := func() state {
		return state{
			metric("away"), metric("command_duration_seconds"),
			metric("errors_total", "failed"), metric("errors_total", "declined"), metric("errors_total", "spared"),
		}
	}
	want := func(when string, want state) {
		t.Helper()
		if got := read(); got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	_ = do(ping)
	_ = do(func(ctx context.Context) error { return r.Client.Get(ctx, "nothing").Err() })
	_ = do(func(ctx context.Context) error { return r.Client.Do(ctx, "NONSENSE").Err() })
	want("while it is available", state{commands: 3, declined: 1})
	testkit.WantNative(t, metrics, "redis_command_duration_seconds")
	server.Kill()
	eventually(t, "Redis is unavailable", func() bool { return do(ping) != nil && read().away == 1 }) // one refused connection is enough
	before := read()
	if err := do(ping); !errors.Is(err, fleet.ErrUnavailable) {
		t.Errorf("%v, want %v", err, fleet.ErrUnavailable)
	}
	before.spared++
	want("while it is unavailable", before)
	server.Start()
	eventually(t, "Redis is available again", func() bool { return read().away == 0 })
	_ = do(ping)
	before.away, before.commands = 0, before.commands+1
	want("when it is back", before)
	if metric("pool_misses_total") == 0 || metric("pool_connections") == 0 {
		t.Errorf("the pool has opened no connection: %+v", r.Client.PoolStats())
	}
}

// A frozen Redis is found out by the first command, which ends every command that waits; later ones return at once.
func TestFrozenRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	r, _ := connect(t, server.URL())
	ping := func(ctx context.Context) error { return r.Client.Ping(ctx).Err() }
	if err := r.Do(t.Context(), "key", ping); err != nil {
		t.Fatal(err)
	}
	server.Freeze()
	results := make(chan error, 50)
	for range cap(results) { // more than the pool has connections
		go func() { results <- r.Do(t.Context(), "key", ping) }()
	}
	for range cap(results) {
		if err := <-results; err == nil {
			t.Error("a frozen Redis replied")
		}
	}
	if err := r.Do(t.Context(), "key", ping); !errors.Is(err, fleet.ErrUnavailable) {
		t.Errorf("then %v, want %v", err, fleet.ErrUnavailable)
	}
	server.Thaw()
	eventually(t, "Redis is used again", func() bool { return r.Do(t.Context(), "key", ping) == nil })
}

// Idle connections that Redis has closed are no evidence, and cost no command.
func TestClosedConnections(t *testing.T) {
	server := testkit.StartRedis(t)
	r, metrics := connect(t, server.URL())
	ping := func(ctx context.Context) error { return r.Client.Ping(ctx).Err() }
	for range 20 {
		if err := r.Do(t.Context(), "key", ping); err != nil {
			t.Fatal(err)
		}
		_ = r.Client.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "no").Err()
	}
	failed, away := testkit.Metric(t, metrics, "redis_errors_total", "failed"), testkit.Metric(t, metrics, "redis_away")
	if failed != 0 || away != 0 {
		t.Errorf("%v failed commands, unavailable %v", failed, away)
	}
}

// A subscription that was interrupted begins anew, and reports so.
func TestSubscriptionBegins(t *testing.T) {
	server := testkit.StartRedis(t)
	r, _ := connect(t, server.URL())
	var begun atomic.Int32
	r.Subscribe(func(string, string) {}, func() { begun.Add(1) })
	eventually(t, "it is subscribed", func() bool {
		n, err := r.Client.PubSubNumSub(t.Context(), r.Channel).Result()
		return err == nil && n[r.Channel] == 1
	})
	before := begun.Load()
	if err := r.Client.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is subscribed again", func() bool { return begun.Load() > before })
}
