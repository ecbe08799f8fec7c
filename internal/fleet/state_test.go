package fleet_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// What metrics read: the errors by kind, whether Redis is away, and a word for every command that Redis was asked.
func TestStateThroughTroubles(t *testing.T) {
	server := testkit.StartRedis(t)
	r, err := fleet.Connect(server.URL(), "test:", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	for end := time.Now().Add(10 * time.Second); r.Client.Ping(t.Context()).Err() != nil && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // to meet it for the first time may take longer than a command does
	}
	var asked atomic.Int32
	r.Observe = func(took time.Duration) {
		if took <= 0 || took > 10*time.Second {
			t.Errorf("a command took %s", took)
		}
		asked.Add(1)
	}
	ping := func(ctx context.Context) error { return r.Client.Ping(ctx).Err() }
	do := func(command func(context.Context) error) { _ = r.Do(t.Context(), command) }
	want := func(when string, away bool, commands int32, errors fleet.Errors) {
		t.Helper()
		if diff := cmp.Diff(errors, r.Errors()); diff != "" || r.Away() != away || asked.Load() != commands {
			t.Errorf("%s: away %t, %d commands, -want +got:\n%s", when, r.Away(), asked.Load(), diff)
		}
	}
	do(ping)
	do(func(ctx context.Context) error { return r.Client.Get(ctx, "nothing").Err() })
	do(func(ctx context.Context) error { return r.Client.Do(ctx, "NONSENSE").Err() })
	want("while all is well", false, 3, fleet.Errors{Declined: 1})
	server.Kill()
	for range 3 {
		do(ping)
	}
	want("once it has failed three times", true, 6, fleet.Errors{Declined: 1, Failed: 3})
	do(ping)
	want("while it is known to be away", true, 6, fleet.Errors{Declined: 1, Failed: 3, Spared: 1})
	server.Start()
	for end := time.Now().Add(10 * time.Second); r.Away(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is away for ever")
		}
	}
	do(ping)
	want("when it is back", false, 7, fleet.Errors{Declined: 1, Failed: 3, Spared: 1})
	if s := r.Client.PoolStats(); s.Misses == 0 {
		t.Errorf("the pool has opened no connection: %+v", s)
	}
}
