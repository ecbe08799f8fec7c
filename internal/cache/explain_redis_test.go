package cache_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

// An entry that another replica fetched is in Redis alone, and an explanation leaves it there.
func TestExplanationsOfWhatIsInRedis(t *testing.T) {
	for name, story := range map[string]struct {
		before func(t *testing.T, redis *modelRedis, way *links, other *cache.Cache)
		would  cache.Outcome
		reason string // a part of it
		redis  *cache.EntryInfo
	}{
		"fresh": {
			func(*testing.T, *modelRedis, *links, *cache.Cache) {}, cache.WouldHit, "served from redis, fresh until",
			&cache.EntryInfo{FreshUntil: at("09:05:01"), UsableUntil: at("09:05:01").Add(72 * time.Hour)},
		},
		"purged softly": {
			func(t *testing.T, _ *modelRedis, _ *links, other *cache.Cache) {
				purge(t, other, cache.Purge{All: true})
			},
			cache.WouldStale, "served stale from redis",
			&cache.EntryInfo{FreshUntil: at("09:01:01"), UsableUntil: at("09:05:01").Add(72 * time.Hour), Purged: true},
		},
		"purged": {
			func(t *testing.T, _ *modelRedis, _ *links, other *cache.Cache) {
				purge(t, other, cache.Purge{All: true, Hard: true})
			},
			cache.WouldFetch, "a hard purge deleted it 10 seconds ago",
			&cache.EntryInfo{FreshUntil: at("09:01:01"), UsableUntil: at("09:01:01"), Purged: true},
		},
		"damaged": {
			func(_ *testing.T, redis *modelRedis, _ *links, _ *cache.Cache) {
				for _, key := range redis.Keys() {
					if strings.Contains(key, ":e2:") {
						_ = redis.Set(key, "RGW2")
					}
				}
			}, cache.WouldFetch, "the entry in Redis is not used, since it is damaged; nothing is cached", nil,
		},
		"unavailable": {
			func(_ *testing.T, _ *modelRedis, way *links, _ *cache.Cache) { way.connect(true, false) },
			cache.WouldFetch, "Redis could not be read; nothing is cached", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-06-18T09:00:00Z")
				redis := newModelRedis()
				defer redis.Close()
				r := returns(`["one"]`)
				other, _ := inBubble(t, r, redis)
				entry := get(t, other, june()).Entry
				asked, way := inBubble(t, r, redis)
				time.Sleep(59 * time.Second)
				story.before(t, redis, way, other)
				time.Sleep(10 * time.Second)
				keys := redis.snapshot()
				got := explain(asked, june())
				if story.redis != nil {
					story.redis.FetchedAt, story.redis.Age, story.redis.State = at("09:00:01"), 70, cache.Open
					story.redis.ETag, story.redis.Bytes = entry.ETag[0], len(entry.Body)
				}
				if diff := cmp.Diff(story.redis, got.Redis, cmpopts.EquateApproxTime(100*time.Millisecond)); diff != "" || got.Memory != nil {
					t.Errorf("memory %v, redis: %s", got.Memory, diff)
				}
				if got.Would != story.would || !strings.Contains(got.Reason, story.reason) {
					t.Errorf("%s: %s", got.Would, got.Reason)
				}
				if diff := cmp.Diff(valuesOf(keys), valuesOf(redis.snapshot())); diff != "" {
					t.Error("it changed Redis:", diff)
				}
				if again := explain(asked, june()); again.Memory != nil || r.calls.Load() != 1 {
					t.Errorf("it was stored in memory: %v, or fetched %d times", again.Memory, r.calls.Load())
				}
				way.connect(false, false)
				wantAsExplained(t, asked, got)
			})
		})
	}
}

// at returns a time of the day of these stories.
func at(clock string) time.Time {
	t, err := time.Parse(time.DateTime, "2025-06-18 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

func valuesOf(all snapshot) map[string]string {
	values := map[string]string{}
	for key, saved := range all {
		values[key] = saved.value
	}
	return values
}

// Memory has the entry before, Redis a newer one: both are shown, and the newer one is what is served once they are compared.
func TestExplanationOfTwoEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		redis := newModelRedis()
		defer redis.Close()
		r := returns(`["one"]`)
		other, _ := inBubble(t, r, redis)
		asked, _ := inBubble(t, r, redis)
		get(t, asked, june())
		redis.set(func() { redis.lossy = true })
		time.Sleep(20 * time.Minute)
		r.respond = returns(`["two", 2]`).respond
		get(t, other, june())
		time.Sleep(time.Second)
		x := explain(asked, june())
		if x.Would != cache.WouldHit || x.Memory.Bytes != 7 || x.Redis.Bytes != 10 || !strings.Contains(x.Reason, "served from redis") {
			t.Errorf("%+v, memory %+v, redis %+v", x, x.Memory, x.Redis)
		}
		wantAsExplained(t, asked, x)
	})
}
