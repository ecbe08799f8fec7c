package ratelimit_test

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestAFleetLetsThroughWhatOneWould(t *testing.T) {
	server := testkit.StartRedis(t)
	replicas := []*ratelimit.Limiter{replica(t, server.URL(), "100/24h"), replica(t, server.URL(), "100/24h")}
	var mu sync.Mutex
	seen := map[int]int{} // guarded by mu: what was left after each that passed
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			for range 25 {
				if s, ok := replicas[i%2].Take(context.Background(), "a", 1); ok {
					mu.Lock()
					seen[s.Remaining]++
					mu.Unlock()
				}
			}
		})
	}
	callers.Wait()
	for left := range 100 {
		if seen[left] != 1 {
			t.Errorf("%d passed with %d left, want 1", seen[left], left)
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d different numbers were left, want 100", len(seen))
	}
}

func TestWhatComesBackIsAnybodys(t *testing.T) {
	w := newWorld(t)
	one, two := w.replica("1/24h"), w.replica("1/24h")
	grants(one, "a", 1)
	next := refused(t, two, "a")
	if next > 24*time.Hour {
		t.Errorf("the next after %s, want 24h at most", next)
	}
	w.pass("a", next)
	if n := grants(two, "a", 1) + grants(one, "a", 1); n != 1 {
		t.Errorf("%d passed, want the one that came back", n)
	}
}

func TestCallersAndLimitersDoNotInfluenceOneAnother(t *testing.T) {
	server := testkit.StartRedis(t)
	redis := connect(t, server.URL(), nil)
	for _, name := range []string{ratelimit.Requests, ratelimit.Upstream} {
		l := ratelimit.New(ratelimit.Options{Name: name, Limit: limit(t, "3/24h"), Redis: redis, Now: time.Now})
		for i, caller := range hostile {
			if n := grants(l, caller, 5); n != 3 {
				t.Errorf("%s of caller %d: %d, want 3", name, i, n)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	l := replica(t, server.URL(), "10/24h")
	for _, caller := range hostile {
		grants(l, caller, 2)
	}
	form := regexp.MustCompile(`^test:q1:requests:\{[A-Za-z0-9_-]{43}\}$`)
	keys := client.Keys(t.Context(), "*").Val()
	for _, k := range keys {
		life := client.PTTL(t.Context(), k).Val()
		if !form.MatchString(k) || life <= 0 || life > 24*time.Hour/5 {
			t.Errorf("key %q lives %s, want at most until both requests have come back", k, life)
		}
	}
	if len(keys) != len(hostile) {
		t.Errorf("%d keys for %d callers", len(keys), len(hostile))
	}
}

// A flood costs Redis nothing: only granted requests send commands.
func TestAnExhaustedCallerIsRefusedFromMemory(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	one, two := replica(t, server.URL(), "5/24h"), replica(t, server.URL(), "5/24h")
	grants(one, "a", 5)
	refused(t, two, "a")
	before := scripts(t, client)
	if n := grants(one, "a", 1000) + grants(two, "a", 1000); n != 0 {
		t.Errorf("%d passed", n)
	}
	if ran := scripts(t, client) - before; ran != 0 {
		t.Errorf("Redis ran %d scripts", ran)
	}
}

// scripts returns how many scripts Redis has run.
func scripts(t *testing.T, c *redis.Client) (n int) {
	t.Helper()
	stats := c.Info(t.Context(), "commandstats").Val()
	m := regexp.MustCompile(`cmdstat_evalsha:calls=(\d+)`).FindStringSubmatch(stats)
	if m == nil {
		t.Fatalf("no scripts in %s", stats)
	}
	_, _ = fmt.Sscan(m[1], &n)
	return n
}

func TestALimitThatIsChanged(t *testing.T) {
	w := newWorld(t)
	grants(w.replica("100/24h"), "a", 100)
	if n := grants(w.replica("150/24h"), "a", 100); n != 50 {
		t.Errorf("%d pass with a higher limit, want 50", n)
	}
	lower := w.replica("2/24h")
	next := refused(t, lower, "a")
	if next > 12*time.Hour {
		t.Errorf("with a lower limit the next comes after %s, want 12h at most", next)
	}
	w.pass("a", next)
	if n := grants(lower, "a", 1); n != 1 {
		t.Error("and then it has not come")
	}
}

func TestAnyValueInRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	now := time.Now().UnixMicro()
	for value, remaining := range map[string]int{
		"":                              9,
		"hello":                         9,
		"1 2 3":                         9,
		"-1 -1":                         9,
		fmt.Sprint(now, " ", 4):         5,
		fmt.Sprint(now, " ", 9):         0,
		fmt.Sprint(now+3600e6, " ", 4):  5, // Redis's clock was set back
		fmt.Sprint(now-25*3600e6, " 9"): 9, // returned long ago
		"99999999999999999999999999 4":  5,
	} {
		if err := client.Set(t.Context(), key("a"), value, 0).Err(); err != nil {
			t.Fatal(err)
		}
		s, ok := replica(t, server.URL(), "10/24h").Take(t.Context(), "a", 1)
		if !ok || s.Remaining != remaining {
			t.Errorf("%q: granted %t, %d left, want %d", value, ok, s.Remaining, remaining)
		}
	}
}

// The next request comes by Redis's state, not from the caller's first request at this replica.
func TestWhenTheNextComes(t *testing.T) {
	server := testkit.StartRedis(t)
	anHourAgo := time.Now().Add(-time.Hour).UnixMicro()
	if err := raw(t, server).Set(t.Context(), key("b"), fmt.Sprint(anHourAgo, " ", 9), 0).Err(); err != nil {
		t.Fatal(err)
	}
	l := replica(t, server.URL(), "10/24h")
	grants(l, "b", 1)
	if next := refused(t, l, "b"); next > 84*time.Minute || next < 84*time.Minute-testkit.Patience {
		t.Errorf("after %s, want 2h24m less the hour", next)
	}
}

func TestACluster(t *testing.T) {
	cluster := testkit.StartCluster(t)
	one, two := replica(t, cluster.URL(), "3/24h"), replica(t, cluster.URL(), "3/24h")
	for i := range 100 { // over all slots
		caller := fmt.Sprint("caller ", i)
		if n := grants(one, caller, 2) + grants(two, caller, 2) + grants(one, caller, 1); n != 3 {
			t.Errorf("%s: %d, want 3", caller, n)
		}
	}
}
