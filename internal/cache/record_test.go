package cache_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

const recordKey = "test:purges2"

// More writes are made than the record keeps, and the replicas still agree on it in the end: nothing is written any more.
func TestTheRecordOfPurgesSettles(t *testing.T) {
	for name, story := range map[string]func(t *testing.T, redis *modelRedis, a *cache.Cache, b *links){
		"a replica was cut off": func(t *testing.T, _ *modelRedis, a *cache.Cache, b *links) {
			b.connect(true, false)
			purgeOften(t, a)
			b.connect(false, false)
		},
		"a failover lost a write": func(t *testing.T, redis *modelRedis, a *cache.Cache, _ *links) {
			before := redis.HGet(recordKey, "lineage")
			purge(t, a, cache.Purge{Tags: []string{"customer:y"}})
			redis.HSet(recordKey, "lineage", strings.Repeat("b", 16)+before[16:])
		},
		"it was lost": func(_ *testing.T, redis *modelRedis, _ *cache.Cache, _ *links) {
			redis.Del(recordKey)
		},
		"there were more epochs than it keeps": func(_ *testing.T, redis *modelRedis, _ *cache.Cache, _ *links) {
			redis.HSet(recordKey, "epochs", strings.Repeat("0000000000000001 ", 3)+"0000000000000002")
			redis.HSet(recordKey, "lineage", strings.Repeat("c", 16))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				redis := newModelRedis()
				t.Cleanup(redis.Close)
				a, _ := inBubble(t, returns(`[]`), redis)
				_, b := inBubble(t, returns(`[]`), redis)
				purgeOften(t, a)
				time.Sleep(2 * time.Second)
				story(t, redis, a, b)
				time.Sleep(5 * time.Second)
				settled := redis.HGet(recordKey, "lineage")
				for range 40 {
					time.Sleep(100 * time.Millisecond)
					if now := redis.HGet(recordKey, "lineage"); now != settled {
						t.Fatalf("still written: %s, then %s", settled, now)
					}
				}
				if len(settled) > 16*16 {
					t.Errorf("%d bytes of ids", len(settled))
				}
			})
		})
	}
}

// A failover loses a purge. The replicas write it back as soon as they are connected again, not a second later.
func TestALostPurgeIsWrittenBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRecordStory(t)
		before := s.redis.snapshot()
		purge(t, s.a, cache.Purge{Tags: []string{"customer:lost"}})
		s.settle(t)
		for _, l := range []*links{s.la, s.lb} {
			l.connect(true, false)
		}
		s.redis.restore(before)
		time.Sleep(1100 * time.Millisecond) // both have tried to read the record meanwhile
		for _, l := range []*links{s.la, s.lb} {
			l.connect(false, false)
		}
		back := time.Now()
		for s.redis.HGet(recordKey, "s customer:lost") == "" {
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(back); took > 200*time.Millisecond {
			t.Errorf("Redis has the purge after %s", took)
		}
	})
}

// Redis was away as a replica started. What the replica stores there first is of use to the ones that start after it.
func TestTheFirstEntryAfterRedisIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		l := newLinks(redis)
		l.connect(true, false)
		a := linked(t, returns(`[]`), l)
		time.Sleep(200 * time.Millisecond)
		l.commands.set(false, false) // messages take longer to be back
		stored := func() bool {
			return slices.ContainsFunc(redis.Keys(), func(key string) bool { return strings.HasPrefix(key, "test:e2:") })
		}
		q := june()
		for n := 0; !stored(); n++ {
			time.Sleep(50 * time.Millisecond)
			q.CustomerID = strconv.Itoa(n)
			get(t, a, q)
		}
		silent := returns(`["never fetched"]`)
		if found := get(t, linked(t, silent, newLinks(redis)), q); silent.calls.Load() != 0 {
			t.Errorf("another replica returns %s, %s", found.Entry.Body, found.Status)
		}
	})
}

func purgeOften(t *testing.T, c *cache.Cache) {
	for range 20 { // more than the record keeps
		purge(t, c, cache.Purge{Tags: []string{"customer:x"}})
	}
}

// The write of a record is repeated if its connection breaks. It must not undo what came after it.
func TestARepeatedWriteOfPurges(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	write := func(write, follows, mine, other string) {
		writePurges(t, client, idOf(write), "h all", follows, idOf(mine), idOf(other), "1")
	}
	want := func(when, mine string) {
		t.Helper()
		if got := server.HGet(recordKey, "h all"); got != idOf(mine)+" 1" {
			t.Errorf("%s: %s, want %s", when, got, idOf(mine))
		}
	}
	write("1", idOf("0"), "a", "b")
	want("the first purge", "a")
	write("2", "", "c", "d")
	want("one that does not follow it", "d")
	write("3", idOf("d"), "f", "7")
	want("one that does", "f")
	write("2", "", "c", "d")
	want("the second, repeated", "f")
}

// idOf returns an id of one digit.
func idOf(digit string) string { return strings.Repeat(digit, 16) }

// writePurges writes the record as a replica does. A purge is its name, the id that it follows, its id, another one, and its time.
func writePurges(t *testing.T, client *redis.Client, write string, purges ...any) {
	t.Helper()
	script, err := os.ReadFile("scripts/purge.lua")
	if err != nil {
		t.Fatal(err)
	}
	args := append([]any{write, "", 16, idOf("e"), 4, "messages", "purge", 100, idOf("8"), idOf("9"), 4, 1000}, purges...)
	if err := client.Eval(context.Background(), string(script), []string{recordKey}, args...).Err(); err != nil {
		t.Fatal(err)
	}
}

// A purge of two customers names all customers twice. What is fetched after it is not hit, also if Redis gets the purge later.
func TestAPurgeOfTwoCustomersWithoutRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		c, link := inBubble(t, returns(`[]`), redis)
		both := cache.Purge{Tags: []string{"customer:1", "customer:2"}}
		purge(t, c, both)
		link.connect(true, false)
		time.Sleep(time.Second)
		if err := c.Purge(t.Context(), both); err == nil {
			t.Fatal("Redis is away, and took the purge")
		}
		get(t, c, june())
		link.connect(false, false)
		time.Sleep(5 * time.Second)
		if a := get(t, c, june()); !a.Status.Hit || a.Status.TTL <= 0 {
			t.Errorf("got %s, want a fresh hit", a.Status)
		}
	})
}

// While one replica alone knows of a purge that Redis does not take, the others serve what that one fetches: no replica purges the
// entries of the others again and again.
func TestAPurgeOfOneReplicaCausesNoStorm(t *testing.T) {
	r := returns(`[]`)
	fleetInBubble(t, 3, r, unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		everything := cache.Purge{All: true, Hard: true}
		purge(t, caches[0], everything)
		get(t, caches[0], june())
		redis.set(func() { redis.noPurges = true })
		for range 2 {
			if err := caches[1].Purge(t.Context(), everything); err == nil {
				t.Fatal("Redis took a purge")
			}
		}
		before := r.calls.Load()
		for range 20 {
			time.Sleep(500 * time.Millisecond)
			for _, c := range caches {
				get(t, c, june())
			}
		}
		if n := r.calls.Load() - before; n != 1 {
			t.Errorf("%d calls after a purge, want 1", n)
		}
		redis.set(func() { redis.noPurges = false })
		time.Sleep(5 * time.Second)
		for _, c := range caches {
			get(t, c, june())
		}
		if n := r.calls.Load() - before; n > 2 {
			t.Errorf("%d calls once Redis has the purge, want 1 more at most", n)
		}
	})
}
