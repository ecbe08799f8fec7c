package ratelimit_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// Without Redis every replica limits callers by itself, from the last state that it knows.
func TestRedisIsKilled(t *testing.T) {
	server := testkit.StartRedis(t)
	one, two := replica(t, server.URL(), "10/24h"), replica(t, server.URL(), "10/24h")
	grants(one, "known", 3)
	grants(two, "known", 2)
	server.Kill()
	for _, tt := range []struct {
		replica *ratelimit.Limiter
		caller  string
		want    int
	}{{one, "known", 7}, {two, "known", 5}, {one, "new", 10}, {two, "new", 10}} {
		if n := grants(tt.replica, tt.caller, 20); n != tt.want {
			t.Errorf("%s: %d, want %d", tt.caller, n, tt.want)
		}
	}
	server.Start()
	wantShared(t, one, two)
}

// Once Redis is known to hang, no request waits for it.
func TestRedisHangs(t *testing.T) {
	server := testkit.StartRedis(t)
	metrics := prometheus.NewRegistry()
	redis := connect(t, server.URL(), metrics)
	one := ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: limit(t, "10/24h"), Redis: redis, Now: time.Now})
	two := replica(t, server.URL(), "10/24h")
	wantShared(t, one, two)
	commands := func() float64 { return testkit.Metric(t, metrics, "redis_command_duration_seconds") }
	server.Freeze()
	testkit.Until(t, "Redis is known to be unavailable", func() bool {
		return grants(one, rand.Text(), 1) == 1 && testkit.Metric(t, metrics, "redis_away") == 1
	})
	before := commands()
	if n := grants(one, "a", 20); n != 10 {
		t.Errorf("%d passed, want 10", n)
	}
	for range 20 {
		grants(one, rand.Text(), 1)
	}
	if n := commands() - before; n > 0 {
		t.Errorf("%v requests waited for Redis", n)
	}
	server.Thaw()
	wantShared(t, one, two)
}

// A Redis that replies and accepts no writes is as good as none, and is used at once when it accepts them again.
func TestRedisRefuses(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct{ begin, end func(*redis.Client) error }{
		"a read-only replica": {
			func(c *redis.Client) error { return c.ReplicaOf(ctx, "127.0.0.1", "1").Err() },
			func(c *redis.Client) error { return c.ReplicaOf(ctx, "NO", "ONE").Err() },
		},
		"no memory left": {
			func(c *redis.Client) error { return c.ConfigSet(ctx, "maxmemory", "1").Err() },
			func(c *redis.Client) error { return c.ConfigSet(ctx, "maxmemory", "0").Err() },
		},
		"a value of another type": {
			func(c *redis.Client) error { return c.LPush(ctx, key("a"), "x").Err() },
			func(c *redis.Client) error { return c.Del(ctx, key("a")).Err() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := testkit.StartRedis(t)
			one, two := replica(t, server.URL(), "10/24h"), replica(t, server.URL(), "10/24h")
			client := raw(t, server)
			if err := c.begin(client); err != nil {
				t.Fatal(err)
			}
			if n := grants(one, "a", 20); n != 10 {
				t.Errorf("%d passed, want 10", n)
			}
			if err := c.end(client); err != nil {
				t.Fatal(err)
			}
			caller := rand.Text()
			if n := grants(one, caller, 6) + grants(two, caller, 6); n != 10 {
				t.Errorf("then %d passed both replicas, want 10", n)
			}
		})
	}
}

// A caller that disconnects during the command to Redis has been counted.
func TestACallerThatDisconnectsIsCounted(t *testing.T) {
	server := testkit.StartRedis(t)
	one, two := replica(t, server.URL(), "10/24h"), replica(t, server.URL(), "10/24h")
	disconnected, disconnect := context.WithCancel(t.Context())
	disconnect()
	for range 4 {
		one.Take(disconnected, "a", 1)
	}
	if n := grants(two, "a", 20); n != 6 {
		t.Errorf("%d passed, want 6", n)
	}
}
