package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// patience is after how long a test that hangs fails.
const patience = time.Minute

func connect(t *testing.T, url string) *fleet.Redis {
	t.Helper()
	r, err := fleet.Connect(url, "test:", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
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

// What metrics read: the errors by kind, whether Redis is unavailable, and a call of Observe for every command that was sent.
func TestStateThroughOutage(t *testing.T) {
	server := testkit.StartRedis(t)
	r := connect(t, server.URL())
	var observed atomic.Int32
	r.Observe = func(took time.Duration) {
		if took <= 0 {
			t.Errorf("a command took %s", took)
		}
		observed.Add(1)
	}
	ping := func(ctx context.Context) error { return r.Client.Ping(ctx).Err() }
	do := func(command func(context.Context) error) error { return r.Do(t.Context(), "key", command) }
	want := func(when string, unavailable bool, commands int32, counts fleet.Errors) {
		t.Helper()
		if diff := cmp.Diff(counts, r.Errors()); diff != "" || r.Away() != unavailable || observed.Load() != commands {
			t.Errorf("%s: unavailable %t, %d commands, -want +got:\n%s", when, r.Away(), observed.Load(), diff)
		}
	}
	_ = do(ping)
	_ = do(func(ctx context.Context) error { return r.Client.Get(ctx, "nothing").Err() })
	_ = do(func(ctx context.Context) error { return r.Client.Do(ctx, "NONSENSE").Err() })
	want("while it is available", false, 3, fleet.Errors{Declined: 1})
	server.Kill()
	eventually(t, "Redis is unavailable", func() bool { return do(ping) != nil && r.Away() }) // one refused connection is enough
	before, sent := r.Errors(), observed.Load()
	if err := do(ping); !errors.Is(err, fleet.ErrUnavailable) {
		t.Errorf("%v, want %v", err, fleet.ErrUnavailable)
	}
	before.Spared++
	want("while it is unavailable", true, sent, before)
	server.Start()
	eventually(t, "Redis is available again", func() bool { return !r.Away() })
	_ = do(ping)
	want("when it is back", false, sent+1, before)
	if s := r.Client.PoolStats(); s.Misses == 0 {
		t.Errorf("the pool has opened no connection: %+v", s)
	}
}

// A frozen Redis is found out by the first command, which ends every command that waits; later ones return at once.
func TestFrozenRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	r := connect(t, server.URL())
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
	r := connect(t, server.URL())
	ping := func(ctx context.Context) error { return r.Client.Ping(ctx).Err() }
	for range 20 {
		if err := r.Do(t.Context(), "key", ping); err != nil {
			t.Fatal(err)
		}
		_ = r.Client.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "no").Err()
	}
	if n := r.Errors(); n.Failed != 0 || r.Away() {
		t.Errorf("%+v, unavailable %t", n, r.Away())
	}
}

// A subscription that was interrupted begins anew, and says so.
func TestSubscriptionBegins(t *testing.T) {
	server := testkit.StartRedis(t)
	r := connect(t, server.URL())
	var begun atomic.Int32
	r.Messages.OnSubscribe(func() { begun.Add(1) })
	eventually(t, "it is subscribed", func() bool {
		n, err := r.Client.PubSubNumSub(t.Context(), r.Messages.Channel).Result()
		return err == nil && n[r.Messages.Channel] == 1
	})
	before := begun.Load()
	if err := r.Client.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is subscribed again", func() bool { return begun.Load() > before })
}
