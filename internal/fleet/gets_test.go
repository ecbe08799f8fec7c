package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const gotAtOnce = 200

// getAll gets the values of many keys at once, and wants those of the even ones to be there.
func getAll(t *testing.T, r *fleet.Redis) {
	t.Helper()
	var callers sync.WaitGroup
	for n := range gotAtOnce {
		callers.Go(func() {
			want := fmt.Sprint(n)
			if n%2 == 1 {
				want = ""
			}
			if value, err := r.Get(t.Context(), fmt.Sprint("key ", n), 100); string(value) != want || err != nil {
				t.Errorf("%d: %q %v", n, value, err)
			}
		})
	}
	callers.Wait()
}

func setEven(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	for n := 0; n < gotAtOnce; n += 2 {
		if err := client.Set(t.Context(), fmt.Sprint("key ", n), n, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// A busy process sends many GETs in few pipelines, and each caller gets its own value.
func TestGetsShareAPipeline(t *testing.T) {
	server := testkit.StartRedis(t)
	r, metrics := connect(t, server.URL())
	setEven(t, r.Client)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that all callers are ready before the first one is served
	getAll(t, r)
	if n := testkit.Metric(t, metrics, "redis_command_duration_seconds"); n > gotAtOnce/4 {
		t.Errorf("%g commands and pipelines for %d values", n, gotAtOnce)
	}
}

func TestGetsInACluster(t *testing.T) {
	r, _ := connect(t, testkit.StartCluster(t).URL())
	setEven(t, r.Client)
	getAll(t, r)
}

// What one value lacks is no failure of the others in its pipeline.
func TestGetsFailAlone(t *testing.T) {
	server := testkit.StartRedis(t)
	r, metrics := connect(t, server.URL())
	setEven(t, r.Client)
	if err := r.Client.LPush(t.Context(), "list", "x").Err(); err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	callers.Go(func() { getAll(t, r) })
	for range 10 {
		callers.Go(func() {
			if value, err := r.Get(t.Context(), "list", 100); value != nil || !errors.As(err, new(redis.Error)) {
				t.Errorf("%q %v", value, err)
			}
		})
	}
	callers.Wait()
	if n := testkit.Metric(t, metrics, "redis_errors_total", "declined"); n == 0 {
		t.Error("nothing is counted")
	}
}

// A caller that leaves does not wait for Redis, and its pipeline has a result for the others.
func TestGetsThroughAnOutage(t *testing.T) {
	server := testkit.StartRedis(t)
	r, _ := connect(t, server.URL())
	setEven(t, r.Client)
	getAll(t, r)
	server.Freeze()
	t.Cleanup(server.Thaw)
	left, leave := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for n := range 10 {
		callers.Go(func() {
			if _, err := r.Get(left, fmt.Sprint("key ", n), 100); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller that left: %v", err)
			}
		})
	}
	leave()
	callers.Wait()
	if value, err := r.Get(t.Context(), "key 0", 100); value != nil || err == nil {
		t.Errorf("%q %v", value, err)
	}
	if _, err := r.Get(t.Context(), "key 0", 100); !errors.Is(err, fleet.ErrUnavailable) {
		t.Errorf("%v, want %v", err, fleet.ErrUnavailable)
	}
	server.Thaw()
	eventually(t, "Redis is available again", func() bool {
		value, err := r.Get(t.Context(), "key 0", 100)
		return string(value) == "0" && err == nil
	})
}
