package cache_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// replica is a cache of its own on a shared Redis.
func replica(t *testing.T, r *rocket, url string, change ...func(*cache.Options)) *cache.Cache {
	t.Helper()
	o := options(r)
	for _, c := range change {
		c(&o)
	}
	tier, err := fleet.Connect(fleet.Options{URL: url, KeyPrefix: "test:", Log: o.Log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tier.Close() })
	o.Redis = tier
	return open(t, o)
}

func raw(t *testing.T, server *testkit.Redis) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: server.Address})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func onlyKey(t *testing.T, c *redis.Client) string {
	t.Helper()
	keys, err := c.Keys(context.Background(), "test:e2:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	return keys[0]
}

func TestAnotherReplicaFindsTheEntryInRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	body := "[" + fmt.Sprintf("%0*d", 5000, 1) + "]"
	first := get(t, replica(t, returns(body), server.URL()), june())
	silent := returns("never fetched")
	c := replica(t, silent, server.URL())
	a := get(t, c, june())
	if a.Status.Tier != "redis" || silent.calls.Load() != 0 {
		t.Fatalf("%s after %d calls", a.Status, silent.calls.Load())
	}
	if !bytes.Equal(a.Entry.Body, first.Entry.Body) || !bytes.Equal(a.Entry.Gzip, first.Entry.Gzip) ||
		a.Entry.ETag[0] != first.Entry.ETag[0] || !a.Entry.FetchedAt.Equal(first.Entry.FetchedAt) || a.Entry.State != first.Entry.State {
		t.Error("the entry changed on its way through Redis")
	}
	if a := get(t, c, june()); a.Status.Tier != "memory" {
		t.Errorf("then %s, want memory", a.Status)
	}
}

func TestRedisKeepsAnEntryUntilItIsOfNoUse(t *testing.T) {
	server := testkit.StartRedis(t)
	get(t, replica(t, returns(`[]`), server.URL()), june())
	c := raw(t, server)
	life, err := c.TTL(context.Background(), onlyKey(t, c)).Result()
	if want := 24*time.Hour + 72*time.Hour; err != nil || life > want || life < want-time.Minute {
		t.Errorf("TTL %s, %v, want about %s", life, err, want)
	}
}

func TestChangedSettingsApplyToWhatIsCached(t *testing.T) {
	server := testkit.StartRedis(t)
	get(t, replica(t, returns(`[]`), server.URL()), june())
	shorter := func(o *cache.Options) { o.Policy.Closed = time.Nanosecond }
	wantStatus(t, get(t, replica(t, returns(`[]`), server.URL(), shorter), june()), "fwd=stale; fwd-status=200; stored")
}

func TestAnUnusableValueInRedisIsAMiss(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns(`["right"]`)
	get(t, replica(t, r, server.URL()), june())
	c := raw(t, server)
	key := onlyKey(t, c)
	good, err := c.Get(context.Background(), key).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, value := range map[string][]byte{
		"empty": {}, "foreign": []byte("hello"), "cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 0), "flipped": flipped,
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Set(context.Background(), key, value, 0).Err(); err != nil {
				t.Fatal(err)
			}
			a := get(t, replica(t, r, server.URL()), june())
			wantStatus(t, a, "fwd=miss; fwd-status=200; stored")
			if string(a.Entry.Body) != `["right"]` {
				t.Errorf("body %s", a.Entry.Body)
			}
		})
	}
	other := june()
	other.CustomerID = "someone else"
	if err := c.Set(context.Background(), "test:e2:{"+other.Key().String()+"}", good, 0).Err(); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, get(t, replica(t, r, server.URL()), other), "fwd=miss; fwd-status=200; stored")
}

func TestAWrongTypeInRedisIsAMiss(t *testing.T) {
	server := testkit.StartRedis(t)
	if err := raw(t, server).LPush(context.Background(), "test:e2:{"+june().Key().String()+"}", "x").Err(); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, get(t, replica(t, returns(`[]`), server.URL()), june()), "fwd=miss; fwd-status=200; stored")
	wantFromRedis(t, server)
}

// Damage to the record of purges purges once, and replicas that start afterwards cache.
func TestDamagedIDsInTheRecord(t *testing.T) {
	for _, value := range []string{"broken", "", "not-an-id at all", "0000000000000000 5"} {
		server := testkit.StartRedis(t)
		get(t, replica(t, returns(`[]`), server.URL()), june())
		if err := raw(t, server).HSet(t.Context(), recordKey, "h all", value).Err(); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, get(t, replica(t, returns(`[]`), server.URL()), june()), "fwd=miss; fwd-status=200; stored")
		wantFromRedis(t, server)
	}
}

// Damage to what the record has about itself keeps no replica from reading it, or from purging.
func TestDamagedFieldsOfTheRecord(t *testing.T) {
	for _, field := range []string{"other", "lag", "lineage", "epochs", "digest", "change 1"} {
		for _, value := range []string{"", "junk", "-1", "1e300", strings.Repeat("zz ", 100)} {
			server := testkit.StartRedis(t)
			before := replica(t, returns(`[]`), server.URL())
			get(t, before, june())
			if err := raw(t, server).HSet(t.Context(), recordKey, field, value).Err(); err != nil {
				t.Fatal(err)
			}
			t.Run(field+"="+value[:min(5, len(value))], func(t *testing.T) {
				get(t, replica(t, returns(`[]`), server.URL()), june())
				wantFromRedis(t, server)
				purge(t, before, cache.Purge{All: true, Hard: true})
				wantStatus(t, get(t, replica(t, returns(`[]`), server.URL()), june()), "fwd=miss; fwd-status=200; stored")
				wantFromRedis(t, server)
			})
		}
	}
}

// Replicas share entries also if a purge comes before the first one has read the record, as it does in some of these runs.
func TestAPurgeOfAReplicaThatHasJustStarted(t *testing.T) {
	for range 20 {
		server := testkit.StartRedis(t)
		first := replica(t, returns(`[]`), server.URL())
		purge(t, first, cache.Purge{All: true})
		get(t, first, june())
		wantFromRedis(t, server)
	}
}

// A record that is no hash is written anew, and purges reach the other replicas again.
func TestARecordOfTheWrongType(t *testing.T) {
	server := testkit.StartRedis(t)
	caches := replicas(t, 2, returns(`[]`), server)
	purge(t, caches[0], cache.Purge{All: true})
	if err := raw(t, server).Set(t.Context(), recordKey, "junk", 0).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return caches[0].Purge(t.Context(), cache.Purge{Tags: []string{"customer:c"}}) == nil })
	eventually(t, func() bool { _, _, ids := cache.RecordOf(caches[1]); return len(ids) > 2 })
}

// A value that no replica has stored is not read whole.
func TestOfAHugeValueLittleIsRead(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	if err := client.SetRange(t.Context(), "test:e2:{"+june().Key().String()+"}", 50<<20, "x").Err(); err != nil {
		t.Fatal(err)
	}
	sent := func() (n int) {
		_, rest, _ := strings.Cut(client.Info(t.Context(), "stats").Val(), "\r\ntotal_net_output_bytes:")
		text, _, _ := strings.Cut(rest, "\r")
		n, _ = strconv.Atoi(text)
		return n
	}
	before := sent()
	wantStatus(t, get(t, replica(t, returns(`[]`), server.URL()), june()), "fwd=miss; fwd-status=200; stored")
	if n := sent() - before; n > 5<<20 { // CACHE_MAX_ENTRY_BYTES is 1 MiB
		t.Errorf("Redis sent %d bytes", n)
	}
	wantFromRedis(t, server)
}

// wantFromRedis checks that a new replica finds the entry in Redis.
func wantFromRedis(t *testing.T, server *testkit.Redis) {
	t.Helper()
	if status := get(t, replica(t, returns(`[]`), server.URL()), june()).Status.String(); !strings.HasSuffix(status, "detail=redis") {
		t.Errorf("status of the next replica: %s", status)
	}
}

func TestPrefixesKeepInstallationsApart(t *testing.T) {
	server := testkit.StartRedis(t)
	get(t, replica(t, returns(`[]`), server.URL()), june())
	tier, err := fleet.Connect(fleet.Options{URL: server.URL(), KeyPrefix: "other:", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tier.Close() }()
	o := options(returns(`[]`))
	o.Redis = tier
	wantStatus(t, get(t, open(t, o), june()), "fwd=miss; fwd-status=200; stored")
}

// Callers must not notice what Redis does: responses come from Rocket, hits in memory cost nothing, and Redis is used again.
func TestRedisMayBeUnavailable(t *testing.T) {
	server := testkit.StartRedis(t)
	var log testkit.Buffer
	r := returns(`[]`)
	c := replica(t, r, server.URL(), func(o *cache.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	server.Kill()
	for i, customer := range []string{"one", "two", "one", "two"} {
		q := june()
		q.CustomerID = customer
		if a := get(t, c, q); a.Status.Hit != (i > 1) {
			t.Errorf("%s: %s", customer, a.Status)
		}
	}
	eventually(t, func() bool { return strings.Contains(log.String(), "redis unavailable") })
	if n := strings.Count(log.String(), "redis unavailable"); n != 1 {
		t.Errorf("the log has %d times that Redis fails:\n%s", n, log.String())
	}
	server.Start()
	silent := returns("never fetched")
	other := replica(t, silent, server.URL())
	eventually(t, func() bool {
		q := june()
		q.CustomerID = rand.Text()
		get(t, c, q)
		a, err := other.Get(t.Context(), q, q.Key(), cache.Directives{OnlyIfCached: true})
		return err == nil && a.Status.Tier == "redis"
	})
	if n := strings.Count(log.String(), "redis available again"); n != 1 {
		t.Errorf("the log has %d times that Redis is back:\n%s", n, log.String())
	}
}

// eventually waits for what the network brings at its own pace.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came to be")
		}
	}
}

// How long requests wait is asserted where time is virtual, in TestFreshCopiesDoNotWaitForRedis; here a real Redis hangs.
func TestRedisMayHang(t *testing.T) {
	server := testkit.StartRedis(t)
	c := replica(t, returns(`[]`), server.URL())
	get(t, c, june())
	server.Freeze()
	defer server.Thaw()
	other := june()
	other.CustomerID = "other"
	wantStatus(t, get(t, c, other), "fwd=miss; fwd-status=200; stored")
	wantHit(t, get(t, c, june()))
}
