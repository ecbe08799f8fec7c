package cache_test

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Redis's clock goes back, by a failover to a slower host for example: a purge hits all that was fetched before it, through
// whichever replica.
func TestAPurgeHitsAfterRedisClockWentBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		defer redis.Close()
		one, _ := inBubble(t, returns(`[]`), redis)
		two, _ := inBubble(t, returns(`[]`), redis)
		get(t, one, june())
		redis.set(func() { redis.back = 5 * time.Minute })
		time.Sleep(5 * time.Second) // every replica knows of it
		queries := make([]*query.Query, 10)
		for i := range queries {
			queries[i] = june()
			queries[i].CustomerID = strconv.Itoa(i)
			get(t, one, queries[i])
		}
		if err := two.Purge(context.Background(), cache.Purge{All: true, Hard: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2500 * time.Millisecond)
		for _, q := range queries {
			if a := get(t, one, q); a.Status.Hit {
				t.Errorf("a body from before a hard purge is served 2.5 s after it: %s", a.Status)
			}
		}
	})
}

// The record of the purges is lost while the entries are not, and no replica is left that knows it: none of the entries is served.
func TestEntriesOutliveNoLostRecordOfPurges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		defer redis.Close()
		before, _ := inBubble(t, returns(`["old"]`), redis)
		get(t, before, june())
		purge(t, before, cache.Purge{All: true, Hard: true})
		if err := before.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		redis.Del("test:purges2") // evicted
		r := returns(`["new"]`)
		after, _ := inBubble(t, r, redis)
		if a := get(t, after, june()); string(a.Entry.Body) != `["new"]` {
			t.Errorf("%s %s", a.Entry.Body, a.Status)
		}
		other, _ := inBubble(t, r, redis)
		if a := get(t, other, june()); a.Status.Tier != "redis" || r.calls.Load() != 1 {
			t.Errorf("the new entry is not shared: %s after %d calls", a.Status, r.calls.Load())
		}
	})
}

// Two sides of a failover purge different names, and the same one. Neither is lost.
func TestPurgesOfBothSidesOfAFailoverHit(t *testing.T) {
	purgeOf := func(customer string) cache.Purge {
		return cache.Purge{Queries: []query.Query{*modelQuery(customer)}, Hard: true}
	}
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		defer redis.Close()
		r := returns(`[]`)
		one, way := inBubble(t, r, redis)
		two, _ := inBubble(t, r, redis)
		purge(t, one, purgeOf("z"))
		time.Sleep(1500 * time.Millisecond)
		replicas, customers := []*cache.Cache{one, two}, []string{"a", "b", "both"}
		for _, c := range replicas {
			for _, customer := range customers {
				get(t, c, modelQuery(customer))
			}
		}
		before := redis.snapshot()
		purge(t, one, purgeOf("a"))
		purge(t, one, purgeOf("both"))
		way.connect(true, false)
		redis.restore(before) // the purges of one are lost
		purge(t, two, purgeOf("both"))
		purge(t, two, purgeOf("b"))
		way.connect(false, false)
		time.Sleep(3500 * time.Millisecond)
		for _, c := range replicas {
			for _, customer := range customers {
				a, err := c.Get(t.Context(), modelQuery(customer), modelQuery(customer).Key(), cache.Directives{OnlyIfCached: true})
				if err == nil {
					t.Errorf("%s is still there: %s", customer, a.Status)
				}
			}
		}
	})
}

// A query that is not cached and fails is not fetched again at once, by any replica.
func TestTheBackoffAppliesToTheWholeFleet(t *testing.T) {
	r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
		time.Sleep(50 * time.Millisecond)
		return nil, &fault.Error{Kind: fault.UpstreamError, Status: 503}
	}}
	fleetInBubble(t, 3, r, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		until := time.Now().Add(20 * time.Second)
		var callers sync.WaitGroup
		for n := range 30 {
			callers.Go(func() {
				for time.Now().Before(until) {
					if _, err := caches[n%3].Get(t.Context(), june(), june().Key(), cache.Directives{}); fault.Of(err).Status != 503 {
						t.Error(err)
					}
					time.Sleep(20 * time.Millisecond)
				}
			})
		}
		callers.Wait()
		if n := r.calls.Load(); n != 5 { // at once, and after 1, 2, 4 and 8 seconds
			t.Errorf("%d calls in 20 seconds, want 5", n)
		}
		r.respond = returns(`[]`).respond
		time.Sleep(10 * time.Second)
		wantStatus(t, get(t, caches[0], june()), "fwd=miss; fwd-status=200; stored")
	})
}

// The lease of a holder that died does not expire in a Redis whose clock went back.
func TestALeaseThatDoesNotExpireIsTakenOver(t *testing.T) {
	fleetInBubble(t, 2, slowly(`[]`), unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		_ = redis.Set("test:l2:{"+june().Key().String()+"}", "dead 3 foreground 0")
		started := time.Now()
		var callers sync.WaitGroup
		for _, c := range caches {
			callers.Go(func() { get(t, c, june()) })
		}
		callers.Wait()
		if took := time.Since(started); took < 3*time.Second || took > 5*time.Second {
			t.Errorf("took over after %s, want about 3s", took)
		}
	})
}

// What a replica of the version before stored is served, unless it was purged since.
func TestEntriesOfTheVersionBeforeAreServed(t *testing.T) {
	for name, purged := range map[string]bool{"not purged": false, "purged": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				redis := newModelRedis()
				defer redis.Close()
				before, _ := inBubble(t, returns(`["old"]`), redis)
				get(t, before, june())
				storeOlder(t, redis)
				if purged {
					redis.HSet("test:purges", "h customer:*", strconv.FormatInt(time.Now().UnixMicro(), 10))
				}
				r := returns(`["new"]`)
				after, _ := inBubble(t, r, redis)
				if a := get(t, after, june()); a.Status.Hit == purged || r.calls.Load() != map[bool]int32{true: 1}[purged] {
					t.Errorf("%s %s after %d calls", a.Entry.Body, a.Status, r.calls.Load())
				}
			})
		})
	}
}

// A purge that Redis does not have yet hits what a replica of the version before stored.
func TestAPendingPurgeHitsEntriesOfTheVersionBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := newModelRedis()
		defer redis.Close()
		before, _ := inBubble(t, returns(`["old"]`), redis)
		get(t, before, june())
		r := returns(`["new"]`)
		after, _ := inBubble(t, r, redis)
		storeOlder(t, redis)
		time.Sleep(time.Minute)
		redis.set(func() { redis.full = true })
		if err := after.Purge(context.Background(), cache.Purge{All: true, Hard: true}); err == nil {
			t.Fatal("Redis took the purge")
		}
		if a := get(t, after, june()); string(a.Entry.Body) != `["new"]` {
			t.Errorf("%s %s", a.Entry.Body, a.Status)
		}
	})
}

// storeOlder puts the one entry in Redis into the form of the version before.
func storeOlder(t *testing.T, redis *modelRedis) {
	t.Helper()
	key := "test:e2:{" + june().Key().String() + "}"
	value, err := redis.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	body := "RGW1" + value[4:12] + value[30:len(value)-4] // without the id, the epoch and the number of purges
	sum := crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli))
	_ = redis.Set("test:e1:{"+june().Key().String()+"}", body+string(binary.BigEndian.AppendUint32(nil, sum)))
	redis.Del(key)
}

// Purges reach replicas of the version before.
func TestPurgesAreWrittenForTheVersionBefore(t *testing.T) {
	fleetInBubble(t, 1, returns(`[]`), unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		purge(t, caches[0], cache.Purge{Tags: []string{"customer:c-1"}, Hard: true})
		if stamp, err := strconv.ParseInt(redis.HGet("test:purges", "h customer:c-1"), 10, 64); err != nil ||
			time.Since(time.UnixMicro(stamp)).Abs() > time.Second {
			t.Errorf("%d, %v", stamp, err)
		}
	})
}

// An entry that is evicted while it is refetched is replaced all the same, and at once.
func TestAnEntryThatIsEvictedDuringItsRefetchIsReplaced(t *testing.T) {
	r := slowly(`["new"]`)
	fleetInBubble(t, 2, r, unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		get(t, caches[0], june())
		time.Sleep(time.Minute)
		begun := time.Now()
		var callers sync.WaitGroup
		for _, c := range caches {
			callers.Go(func() {
				if _, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{NoCache: true}); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		redis.Del("test:e2:{" + june().Key().String() + "}")
		callers.Wait()
		if took := time.Since(begun); took > 1500*time.Millisecond || r.calls.Load() != 2 ||
			!redis.Exists("test:e2:{"+june().Key().String()+"}") {
			t.Errorf("%d calls, stored %v, after %s", r.calls.Load(), redis.Exists("test:e2:{"+june().Key().String()+"}"), took)
		}
	})
}
