package cache_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// replicas returns n replicas on one Redis and one Rocket.
func replicas(t *testing.T, n int, r *rocket, server *testkit.Redis) []*cache.Cache {
	t.Helper()
	caches := make([]*cache.Cache, n)
	for i := range caches {
		caches[i] = replica(t, r, server.URL())
	}
	return caches
}

// fleetInBubble runs a story of n replicas on one Redis and one Rocket, in virtual time.
func fleetInBubble(
	t *testing.T, n int, r *rocket, change func(*cache.Options), story func(t *testing.T, redis *modelRedis, caches []*cache.Cache),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		until("2025-08-18T09:00:00Z")
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		caches := make([]*cache.Cache, n)
		for i := range caches {
			caches[i], _ = inBubble(t, r, redis, change)
		}
		story(t, redis, caches)
	})
}

func unchanged(*cache.Options) {}

// after responds when the time has passed.
func after(d time.Duration, body string) func(context.Context, *query.Query) ([]byte, error) {
	return func(context.Context, *query.Query) ([]byte, error) {
		time.Sleep(d)
		return []byte(body), nil
	}
}

func TestAFleetFetchesOnce(t *testing.T) {
	server := testkit.StartRedis(t)
	r := &rocket{respond: after(300*time.Millisecond, `["one"]`)}
	var led, collapsed atomic.Int32
	var callers sync.WaitGroup
	for _, c := range replicas(t, 3, r, server) {
		for range 300 {
			callers.Go(func() {
				a := get(t, c, june())
				switch s := a.Status.String(); s {
				case "rocket-gateway; fwd=miss; fwd-status=200; stored":
					led.Add(1)
				case "rocket-gateway; fwd=miss; collapsed":
					collapsed.Add(1)
				default: // on a busy machine some callers come when all is over
					if !a.Status.Hit {
						t.Error(s)
					}
				}
				if string(a.Entry.Body) != `["one"]` {
					t.Errorf("body %s", a.Entry.Body)
				}
			})
		}
	}
	callers.Wait()
	if r.calls.Load() != 1 || led.Load() != 1 || collapsed.Load() == 0 {
		t.Errorf("%d calls, %d led, %d collapsed", r.calls.Load(), led.Load(), collapsed.Load())
	}
}

// Waiters are woken by a message; they look themselves half a second and a second after their start.
func TestAWaitingReplicaIsWokenAtOnce(t *testing.T) {
	slow := &rocket{respond: after(600*time.Millisecond, `[]`)}
	fleetInBubble(t, 2, slow, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		started := time.Now()
		var callers sync.WaitGroup
		callers.Go(func() { get(t, caches[0], june()) })
		time.Sleep(50 * time.Millisecond)
		wantStatus(t, get(t, caches[1], june()), "fwd=miss; collapsed")
		if took := time.Since(started); took > 650*time.Millisecond {
			t.Errorf("the waiting replica responded after %s", took)
		}
		callers.Wait()
	})
}

// A waiter whose message is lost finds the entry all the same, with at most three looks in the first second and one a second later.
func TestAWaiterWithoutMessagesReadsSeldom(t *testing.T) {
	fleetInBubble(t, 2, &rocket{respond: after(5*time.Second, `[]`)}, unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		redis.set(func() { redis.lossy = true })
		var callers sync.WaitGroup
		callers.Go(func() { get(t, caches[0], june()) })
		time.Sleep(50 * time.Millisecond)
		callers.Go(func() { wantStatus(t, get(t, caches[1], june()), "fwd=miss; collapsed") })
		looks := func() (n int) {
			redis.set(func() { n = redis.leaseReads })
			return n
		}
		before := looks()
		time.Sleep(990 * time.Millisecond)
		first := looks()
		time.Sleep(3 * time.Second)
		if a, b := first-before, looks()-first; a > 3 || b != 3+3 { // the holder renews it once a second
			t.Errorf("%d looks in the first second, %d in the next three", a, b)
		}
		callers.Wait()
	})
}

func TestAFleetRefreshesOnceBehindStaleHits(t *testing.T) {
	r := returns(`["one"]`)
	shortly := func(o *cache.Options) { o.Policy.Closed, o.Policy.StaleWhileRevalidate = 3*time.Second, time.Minute }
	fleetInBubble(t, 3, r, shortly, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		for _, c := range caches {
			get(t, c, june())
		}
		time.Sleep(3 * time.Second)
		r.respond = after(200*time.Millisecond, `["two"]`)
		for range 20 {
			for _, c := range caches {
				if a := get(t, c, june()); !a.Status.Hit {
					t.Errorf("%s, want a stale hit at once", a.Status)
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Second)
		for _, c := range caches {
			if a := get(t, c, june()); string(a.Entry.Body) != `["two"]` {
				t.Errorf("%s %s", a.Status, a.Entry.Body)
			}
		}
		if n := r.calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// A holder that dies leaves its lease behind; another replica takes over within seconds.
func TestADeadHoldersLeaseIsTakenOver(t *testing.T) {
	fleetInBubble(t, 1, returns(`[]`), unchanged, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		lease := "test:l2:{" + june().Key().String() + "}"
		_ = redis.Set(lease, "dead 3 foreground 0")
		redis.SetTTL(lease, 3*time.Second)
		started := time.Now()
		wantStatus(t, get(t, caches[0], june()), "fwd=miss; fwd-status=200; stored")
		if took := time.Since(started); took < 3*time.Second || took > 4100*time.Millisecond {
			t.Errorf("took over after %s, want about 3s", took)
		}
	})
}

// A fetch that takes longer than a lease lives keeps it all the same.
func TestALeaseIsRenewedWhileTheFetchRuns(t *testing.T) {
	r := &rocket{respond: after(14500*time.Millisecond, `[]`)}
	fleetInBubble(t, 2, r, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		var callers sync.WaitGroup
		for _, c := range caches {
			callers.Go(func() { get(t, c, june()) })
		}
		callers.Wait()
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

// A holder that was frozen and wakes must not overwrite what another has fetched since.
func TestAFrozenHolderStoresNothing(t *testing.T) {
	server := testkit.StartRedis(t)
	frozen, wake := make(chan struct{}), make(chan struct{})
	slow := replica(t, &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
		close(frozen)
		<-wake
		return []byte(`["old"]`), nil
	}}, server.URL())
	var callers sync.WaitGroup
	callers.Go(func() {
		a := get(t, slow, june())
		if string(a.Entry.Body) != `["new"]` || a.Status.Stored {
			t.Errorf("%s %s, want what the other has fetched", a.Entry.Body, a.Status)
		}
	})
	<-frozen
	lease := "test:l2:{" + june().Key().String() + "}"
	if err := raw(t, server).Del(context.Background(), lease).Err(); err != nil { // as if it had run out
		t.Fatal(err)
	}
	get(t, replica(t, returns(`["new"]`), server.URL()), june())
	close(wake)
	callers.Wait()
	silent := returns("never fetched")
	if a := get(t, replica(t, silent, server.URL()), june()); string(a.Entry.Body) != `["new"]` {
		t.Errorf("Redis has %s", a.Entry.Body)
	}
}

// One failure is a failure for all waiters, so that replicas do not fail one after another.
func TestAFailureIsShared(t *testing.T) {
	r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
		time.Sleep(200 * time.Millisecond)
		return nil, &fault.Error{Kind: fault.UpstreamUnavailable, Status: 429, Detail: "Shared.", RetryAfter: 7 * time.Second}
	}}
	fleetInBubble(t, 3, r, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		var callers sync.WaitGroup
		for _, c := range caches {
			for range 10 {
				callers.Go(func() {
					a, err := c.Get(t.Context(), june(), june().Key(), cache.Directives{})
					f := fault.Of(err)
					if f.Kind != fault.UpstreamUnavailable || f.Status != 429 || f.Detail != "Shared." || f.RetryAfter != 7*time.Second {
						t.Errorf("%v", err)
					}
					if !strings.HasPrefix(a.Status.String(), "rocket-gateway; fwd=miss; fwd-status=429") {
						t.Error(a.Status)
					}
				})
			}
		}
		callers.Wait()
		if n := r.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		r.respond = returns(`[]`).respond
		time.Sleep(time.Second) // new attempts are held back that long
		wantStatus(t, get(t, caches[0], june()), "fwd=miss; fwd-status=200; stored")
	})
}

// What is too large to be handed over costs one fetch for each replica, and no waiting for one another.
func TestWhatCannotBeSharedIsFetchedByEachReplica(t *testing.T) {
	r := &rocket{respond: after(200*time.Millisecond, `["`+strings.Repeat("x", 2<<20)+`"]`)}
	fleetInBubble(t, 3, r, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		started := time.Now()
		var callers sync.WaitGroup
		for _, c := range caches {
			for range 20 {
				callers.Go(func() { get(t, c, june()) })
			}
		}
		callers.Wait()
		if n, took := r.calls.Load(), time.Since(started); n != 3 || took > 500*time.Millisecond {
			t.Errorf("%d calls in %s, want one for each of 3 replicas", n, took)
		}
	})
}

func TestAFullRedisFailsNothing(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	if err := client.ConfigSet(context.Background(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	r := returns(`[]`)
	c := replica(t, r, server.URL())
	for i := range 20 {
		q := june()
		q.CustomerID = fmt.Sprint(i)
		wantStatus(t, get(t, c, q), "fwd=miss; fwd-status=200; stored")
		if a := get(t, c, q); !a.Status.Hit {
			t.Errorf("then %s", a.Status)
		}
	}
}

// Redis dies in the middle of a fetch: the holder goes on, and the waiters fetch too.
func TestRedisDiesDuringAFetch(t *testing.T) {
	server := testkit.StartRedis(t)
	dead := make(chan struct{})
	r := &rocket{respond: func(context.Context, *query.Query) ([]byte, error) {
		<-dead
		return []byte(`[]`), nil
	}}
	var callers sync.WaitGroup
	for _, c := range replicas(t, 3, r, server) {
		callers.Go(func() { get(t, c, june()) })
	}
	eventually(t, func() bool { return r.calls.Load() > 0 })
	server.Kill()
	close(dead)
	callers.Wait()
	if n := r.calls.Load(); n > 3 {
		t.Errorf("%d calls, want at most one for each replica", n)
	}
}

// An entry in memory is not trusted for ever: what another replica has fetched since is seen.
func TestAnEntryInMemoryFollowsRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns(`["one"]`)
	caches := replicas(t, 2, r, server)
	for _, c := range caches {
		get(t, c, june())
	}
	r.respond = returns(`["two"]`).respond
	if _, err := caches[0].Get(t.Context(), june(), june().Key(), cache.Directives{NoCache: true}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return string(get(t, caches[1], june()).Entry.Body) == `["two"]` })
	if n := r.calls.Load(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

func TestAFlushedRedisFailsNothing(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns(`[]`)
	c := replica(t, r, server.URL())
	get(t, c, june())
	if err := raw(t, server).FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, get(t, c, june()), "hit; ttl=86399; detail=memory")
}

// An entry that is in Redis but of no use any more must not keep replicas from sharing the next fetch.
func TestAFleetFetchesOnceAfterAHardPurge(t *testing.T) {
	r := returns(`["one"]`)
	fleetInBubble(t, 3, r, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		for _, c := range caches {
			get(t, c, june())
		}
		purge(t, caches[0], cache.Purge{All: true, Hard: true})
		r.respond = after(500*time.Millisecond, `["two"]`)
		time.Sleep(1200 * time.Millisecond) // all know of it
		askAll(t, caches)
		if n := r.calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// askAll has many callers at each replica.
func askAll(t *testing.T, caches []*cache.Cache) {
	t.Helper()
	var callers sync.WaitGroup
	for _, c := range caches {
		for range 20 {
			callers.Go(func() { get(t, c, june()) })
		}
	}
	callers.Wait()
}

// A purge during a fetch wins over its result: the waiters share one more fetch.
func TestAFleetSharesTheFetchAfterAPurgedOne(t *testing.T) {
	r := &rocket{respond: after(500*time.Millisecond, `[]`)}
	fleetInBubble(t, 4, r, unchanged, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		var callers sync.WaitGroup
		callers.Go(func() { get(t, caches[0], june()) })
		time.Sleep(200 * time.Millisecond)
		callers.Go(func() { askAll(t, caches[1:]) })
		time.Sleep(100 * time.Millisecond)
		purge(t, caches[0], cache.Purge{All: true})
		callers.Wait()
		if n := r.calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// An entry that cannot be read, because it is damaged or Redis was slow once, is no reason for every replica to fetch.
func TestAFleetFetchesOnceOverWhatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name    string
		damaged bool
		noGets  time.Duration // look, claim, and look again take two milliseconds each
		calls   int32
	}{
		{"damaged", true, 0, 1},
		{"damaged, and the first look fails", true, 2 * time.Millisecond, 1},
		{"the first look fails", false, 2 * time.Millisecond, 0},
		{"all looks fail", false, 10 * time.Millisecond, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-06-18T09:00:00Z")
				redis := newModelRedis()
				t.Cleanup(redis.Close)
				before, _ := inBubble(t, returns(`["one"]`), redis)
				get(t, before, june())
				if c.damaged {
					key := "test:e2:{" + june().Key().String() + "}"
					value, err := redis.Get(key)
					if err != nil {
						t.Fatal(err)
					}
					if err := redis.Set(key, value[:len(value)-1]); err != nil {
						t.Fatal(err)
					}
				}
				r := slowly(`["two"]`)
				var callers sync.WaitGroup
				var fleet []*cache.Cache
				for range 3 {
					one, _ := inBubble(t, r, redis)
					fleet = append(fleet, one)
				}
				time.Sleep(500 * time.Millisecond) // all connections are idle
				redis.set(func() { redis.noGets = time.Now().Add(c.noGets) })
				for _, one := range fleet {
					for range 10 {
						callers.Go(func() { get(t, one, june()) })
					}
				}
				callers.Wait()
				if n := r.calls.Load(); n != c.calls {
					t.Errorf("%d calls, want %d", n, c.calls)
				}
			})
		})
	}
}

// A fetch that ends late must not put its result over what was fetched since and is in memory already.
func TestALateFetchReplacesNothingNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		late, way := inBubble(t, &rocket{respond: after(5*time.Second, `["old"]`)}, redis)
		other, _ := inBubble(t, returns(`["new"]`), redis)
		way.connect(true, false)
		var callers sync.WaitGroup
		callers.Go(func() { get(t, late, june()) })
		time.Sleep(time.Second)
		way.connect(false, false)
		time.Sleep(time.Second)
		get(t, other, june())
		only := cache.Directives{OnlyIfCached: true}
		for _, when := range []string{"before", "after"} {
			if a, err := late.Get(t.Context(), june(), june().Key(), only); err != nil || string(a.Entry.Body) != `["new"]` {
				t.Errorf("%s the late fetch has ended: %v, %s", when, err, a.Entry.Body)
			}
			callers.Wait()
		}
	})
}

// A message may come while an entry in memory is compared with Redis. It is not lost: it is newer than the comparison.
func TestAMessageDuringAComparisonIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		redis := newModelRedis()
		t.Cleanup(redis.Close)
		r := returns(`["old"]`)
		one, _ := inBubble(t, r, redis)
		two, _ := inBubble(t, r, redis)
		get(t, one, june())
		get(t, two, june())
		time.Sleep(time.Minute + 100*time.Millisecond)
		r.respond = returns(`["new"]`).respond
		var callers sync.WaitGroup
		callers.Go(func() { _, _ = one.Get(context.Background(), june(), june().Key(), cache.Directives{NoCache: true}) })
		time.Sleep(2500 * time.Microsecond) // it has looked, and claims; what it stores comes to Redis while the other compares
		callers.Go(func() { get(t, two, june()) })
		time.Sleep(1400 * time.Microsecond) // the message has come, and the comparison, which saw the old one, has not ended
		if a := get(t, two, june()); string(a.Entry.Body) != `["new"]` {
			t.Errorf("during the comparison: %s %s", a.Entry.Body, a.Status)
		}
		callers.Wait()
		if a := get(t, two, june()); string(a.Entry.Body) != `["new"]` {
			t.Errorf("%s %s", a.Entry.Body, a.Status)
		}
	})
}

// A purge ends what another replica fetches, so that a caller that waited for it needs another fetch. It waits no longer for that.
func TestACallerWaitsForTwoFetchesNoLongerThanForOne(t *testing.T) {
	r := &rocket{respond: after(5*time.Second, `[]`)}
	limited := func(o *cache.Options) { o.FetchTimeout = 8 * time.Second }
	fleetInBubble(t, 2, r, limited, func(t *testing.T, _ *modelRedis, caches []*cache.Cache) {
		go func() { _, _ = caches[0].Get(context.Background(), june(), june().Key(), cache.Directives{}) }()
		time.Sleep(10 * time.Millisecond)
		begun := time.Now()
		time.AfterFunc(time.Second, func() { purge(t, caches[0], cache.Purge{All: true, Hard: true}) })
		_, err := caches[1].Get(context.Background(), june(), june().Key(), cache.Directives{})
		if took := time.Since(begun); fault.Of(err).Kind != fault.UpstreamTimeout || took > 8100*time.Millisecond {
			t.Errorf("%v after %s", err, took)
		}
		time.Sleep(time.Minute) // the fetch ends
	})
}

// A call that waits for another replica's fetch ends before that, because a holder died first. A request that joined late outlives it.
func TestALateCallerOutlivesTheCallThatItJoined(t *testing.T) {
	r := &rocket{respond: after(5200*time.Millisecond, `[]`)}
	limited := func(o *cache.Options) { o.FetchTimeout = 8 * time.Second }
	fleetInBubble(t, 2, r, limited, func(t *testing.T, redis *modelRedis, caches []*cache.Cache) {
		dying, way := inBubble(t, r, redis, limited)
		begin := func(c *cache.Cache) {
			go func() { _, _ = c.Get(context.Background(), june(), june().Key(), cache.Directives{}) }()
			time.Sleep(100 * time.Millisecond)
		}
		begin(dying)
		way.connect(true, false)
		begin(caches[0]) // takes over after three seconds
		begin(caches[1]) // waits for it, and gives up 100 ms too early
		time.Sleep(7700 * time.Millisecond)
		wantStatus(t, get(t, caches[1], june()), "fwd=miss; collapsed")
		if n := r.calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}
