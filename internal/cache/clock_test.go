package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

// A failover may bring a Redis whose clock is behind. What is fetched and purged then still counts as later.
func TestAFailoverToASlowerClock(t *testing.T) {
	for name, story := range map[string]func(t *testing.T, r *rocket, redis *modelRedis, one, two *cache.Cache){
		"a refetch is stored, and seen by all": func(t *testing.T, r *rocket, redis *modelRedis, one, two *cache.Cache) {
			redis.set(func() { redis.back = time.Hour })
			time.Sleep(5 * time.Minute)
			r.respond = returns(`["two"]`).respond
			get(t, one, june())
			time.Sleep(time.Second)
			for _, c := range []*cache.Cache{one, two} {
				if a := get(t, c, june()); string(a.Entry.Body) != `["two"]` || !a.Status.Hit {
					t.Errorf("%s %s", a.Entry.Body, a.Status)
				}
			}
			if n := r.calls.Load(); n != 2 {
				t.Errorf("%d calls, want 2", n)
			}
		},
		"a purge hits": func(t *testing.T, _ *rocket, redis *modelRedis, one, two *cache.Cache) {
			redis.set(func() { redis.back = time.Hour })
			purge(t, one, cache.Purge{All: true, Hard: true})
			time.Sleep(time.Second)
			for _, c := range []*cache.Cache{one, two} {
				if a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{OnlyIfCached: true}); err == nil {
					t.Errorf("it is still there: %s", a.Status)
				}
			}
		},
		"a purge before it spares what is fetched after it": func(t *testing.T, r *rocket, redis *modelRedis, one, two *cache.Cache) {
			purge(t, one, cache.Purge{All: true, Hard: true})
			time.Sleep(time.Second)
			redis.set(func() { redis.back = time.Hour })
			time.Sleep(time.Second) // a failover takes longer than that
			wantStatus(t, get(t, two, june()), "fwd=miss; fwd-status=200; stored")
			for _, c := range []*cache.Cache{one, two} {
				if a := get(t, c, june()); !a.Status.Hit || a.Status.TTL <= 0 {
					t.Error(a.Status)
				}
			}
			if n := r.calls.Load(); n != 2 {
				t.Errorf("%d calls, want 2", n)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-06-18T09:00:00Z")
				r, redis := returns(`["one"]`), newModelRedis()
				t.Cleanup(redis.Close)
				one, _ := inBubble(t, r, redis)
				two, _ := inBubble(t, r, redis)
				get(t, one, june())
				get(t, two, june())
				time.Sleep(time.Minute)
				story(t, r, redis, one, two)
			})
		})
	}
}

// The clocks of replicas may differ by minutes: freshness, ages and purges do not.
func TestReplicasWithDifferentClocks(t *testing.T) {
	for _, ahead := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		t.Run(ahead.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-06-18T09:00:00Z")
				r, redis := returns(`["one"]`), newModelRedis()
				t.Cleanup(redis.Close)
				right, _ := inBubble(t, r, redis)
				wrong, way := inBubble(t, r, redis, func(o *cache.Options) {
					o.Now = func() time.Time { return time.Now().Add(ahead) }
				})

				get(t, wrong, june())
				time.Sleep(time.Minute)
				a := get(t, right, june())
				if age := a.Entry.Age(time.Now()).Round(time.Second); age != time.Minute || a.Status.TTL.Round(time.Second) != 4*time.Minute {
					t.Errorf("a minute later it is %s old: %s", age, a.Status)
				}

				purge(t, right, cache.Purge{All: true})
				time.Sleep(time.Second)
				for _, c := range []*cache.Cache{wrong, right} {
					if a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{OnlyIfCached: true}); err != nil || a.Status.TTL >= 0 {
						t.Errorf("%s, %v after a purge", a.Status, err)
					}
				}

				way.connect(true, false)
				time.Sleep(time.Minute)
				alone := june()
				alone.CustomerID = "alone"
				get(t, wrong, alone)
				way.connect(false, false)
				time.Sleep(time.Minute)
				purge(t, right, cache.Purge{All: true, Hard: true})
				time.Sleep(2 * time.Second)
				if a, err := wrong.Get(t.Context(), alone, alone.Key(), cache.Directives{OnlyIfCached: true}); err == nil {
					t.Errorf("what was fetched without Redis outlives a purge: %s", a.Status)
				}
			})
		})
	}
}
