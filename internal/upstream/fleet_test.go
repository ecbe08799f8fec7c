package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/secret"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

var (
	newKey = bytes.Repeat([]byte("n"), 32)
	oldKey = bytes.Repeat([]byte("o"), 32)
)

// replica is a client that shares its token over Redis.
func replica(t *testing.T, server, store string, change func(*settings), keys ...[]byte) *upstream.Client {
	t.Helper()
	shared, err := fleet.Connect(fleet.Options{URL: store, KeyPrefix: "test:", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shared.Close() })
	seal, err := upstream.NewSeal(keys...)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, server)
	o.Fleet, o.Seal, o.MaxConcurrent = shared, seal, 64
	change(&o)
	return connect(t, o)
}

func unchanged(*settings) {}

func replicas(t *testing.T, server, store string, change func(*settings)) []*upstream.Client {
	t.Helper()
	clients := make([]*upstream.Client, 3)
	for i := range clients {
		clients[i] = replica(t, server, store, change, newKey)
	}
	return clients
}

// fetchAll sends a query for so many callers of each client and returns the number that failed, with the last failure.
func fetchAll(t *testing.T, clients []*upstream.Client, callers int, q *query.Query) (failed int32, last error) {
	t.Helper()
	var n atomic.Int32
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range clients {
		for range callers {
			all.Go(func() {
				if _, err := fetch(t, c, q); err != nil {
					n.Add(1)
					mu.Lock()
					last = err
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	return n.Load(), last
}

func wantLogins(t *testing.T, sim *rocketsim.Server, least, most int) {
	t.Helper()
	if n := sim.Counts().Logins; n < least || n > most {
		t.Errorf("%d logins, want from %d to %d", n, least, most)
	}
}

func TestAFleetLogsInOnce(t *testing.T) {
	t.Parallel()
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{SingleSession: true})
	if failed, err := fetchAll(t, replicas(t, server, store.URL(), unchanged), 200, usages(t)); failed > 0 {
		t.Errorf("%d failed: %v", failed, err)
	}
	wantLogins(t, sim, 1, 1)
	later := replica(t, server, store.URL(), unchanged, newKey)
	mustFetch(t, later)
	wantLogins(t, sim, 1, 1)
}

func TestAFleetWithoutKeysLogsInOnceForEachReplica(t *testing.T) {
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{})
	clients := replicas(t, server, store.URL(), func(o *settings) { o.Seal = nil })
	if failed, err := fetchAll(t, clients, 50, usages(t)); failed > 0 {
		t.Errorf("%d failed: %v", failed, err)
	}
	wantLogins(t, sim, 3, 3)
}

// A lifetime of seconds has the fleet renew all the time; no query fails, and no login is wasted.
func TestAFleetOutlivesItsTokens(t *testing.T) {
	t.Parallel()
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{TokenLifetime: 2 * time.Second, SingleSession: true})
	clients := replicas(t, server, store.URL(), unchanged)
	started := time.Now()
	for deadline := started.Add(patience); sim.Counts().Logins < 4; time.Sleep(20 * time.Millisecond) {
		if failed, err := fetchAll(t, clients, 2, usages(t)); failed > 0 {
			t.Fatalf("%d failed: %v", failed, err)
		}
		if time.Now().After(deadline) {
			t.Fatal("the fleet does not renew its token")
		}
	}
	wantLogins(t, sim, 4, 2+int(time.Since(started)/time.Second)) // a token is good for more than a second
}

func TestARevokedTokenIsRenewedOnceForTheFleet(t *testing.T) {
	t.Parallel()
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{SingleSession: true})
	clients := replicas(t, server, store.URL(), unchanged)
	for range 3 {
		if failed, err := fetchAll(t, clients, 50, usages(t)); failed > 0 {
			t.Errorf("%d failed: %v", failed, err)
		}
		outsider := connect(t, options(t, server)) // its login ends the session of all
		mustFetch(t, outsider)
		outsider.Close()
	}
	if failed, err := fetchAll(t, clients, 50, usages(t)); failed > 0 {
		t.Errorf("%d failed: %v", failed, err)
	}
	wantLogins(t, sim, 7, 7) // ours and the outsiders'
}

func TestRefusedCredentialsBackOffAndCorrectedOnesDoNot(t *testing.T) {
	t.Parallel()
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{})
	var log testkit.Buffer
	wrong := replicas(t, server, store.URL(), func(o *settings) {
		o.Account.Password, o.Account.Name = "wrong horse", "main"
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	started := time.Now()
	for sim.Counts().Logins < 3 {
		failed, err := fetchAll(t, wrong, 10, usages(t))
		if e := fault.Of(err); failed != 30 || e.Kind != fault.UpstreamCredentials {
			t.Fatalf("%d failed with %v", failed, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if took := time.Since(started); took < 1500*time.Millisecond { // logins at 0, 0.5 and 1.5 seconds, or later
		t.Errorf("the third login came after %s", took)
	}
	before := sim.Counts().Logins
	mustFetch(t, replica(t, server, store.URL(), unchanged, newKey))
	wantLogins(t, sim, before+1, before+1)
	if n := strings.Count(log.String(), "account=main"); n != 3 || strings.Contains(log.String(), "wrong horse") {
		t.Errorf("the log has it %d times, want once for each replica:\n%s", n, log.String())
	}
}

func TestADeniedProviderCausesNoStormOfLogins(t *testing.T) {
	t.Parallel()
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{Deny: "gcp"})
	clients := replicas(t, server, store.URL(), unchanged)
	denied := newQuery(t, query.Usages, query.GCP, query.Params{})
	for range 20 {
		if failed, err := fetchAll(t, clients, 10, denied); failed != 30 || fault.Of(err).Kind != fault.UpstreamCredentials {
			t.Fatalf("%d failed with %v", failed, err)
		}
		if failed, err := fetchAll(t, clients, 2, usages(t)); failed != 0 {
			t.Fatalf("%d queries to another provider failed: %v", failed, err)
		}
	}
	wantLogins(t, sim, 1, 4)
}

// A token that is sealed with a key that has been taken out is replaced by one login for all, also if Rocket allows one session.
func TestKeysCanBeChanged(t *testing.T) {
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{SingleSession: true})
	mustFetch(t, replica(t, server, store.URL(), unchanged, oldKey))
	mustFetch(t, replica(t, server, store.URL(), unchanged, newKey, oldKey))
	wantLogins(t, sim, 1, 1)
	renewed := replicas(t, server, store.URL(), unchanged)
	if failed, err := fetchAll(t, renewed, 5, usages(t)); failed > 0 {
		t.Errorf("%d queries failed, the last with %v", failed, err)
	}
	wantLogins(t, sim, 2, 2)
	mustFetch(t, replica(t, server, store.URL(), unchanged, oldKey, newKey))
	wantLogins(t, sim, 2, 2)
}

// A value that no replica can use, by mistake in the place of the token, is replaced at the next login.
func TestATokenThatNoReplicaCanUse(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(db *redis.Client, key string) error{
		"text": func(db *redis.Client, key string) error { return db.Set(t.Context(), key, "junk", 0).Err() },
		"list": func(db *redis.Client, key string) error { return db.LPush(t.Context(), key, "junk").Err() },
		"hash": func(db *redis.Client, key string) error { return db.HSet(t.Context(), key, "a", "b").Err() },
	} {
		t.Run(name, func(t *testing.T) {
			store := testkit.StartRedis(t)
			sim, server := standIn(t, rocketsim.Options{})
			mustFetch(t, replica(t, server, store.URL(), unchanged, newKey))
			db := redis.NewClient(&redis.Options{Addr: store.Address})
			defer func() { _ = db.Close() }()
			keys, err := db.Keys(t.Context(), "test:t1:*:token").Result()
			if err != nil || len(keys) != 1 {
				t.Fatal(keys, err)
			}
			if err := errors.Join(db.Del(t.Context(), keys[0]).Err(), damage(db, keys[0])); err != nil {
				t.Fatal(err)
			}
			if failed, err := fetchAll(t, replicas(t, server, store.URL(), unchanged), 20, usages(t)); failed > 0 {
				t.Errorf("%d failed: %v", failed, err)
			}
			wantLogins(t, sim, 2, 2)
		})
	}
}

func TestLoginsWithoutRedis(t *testing.T) {
	store := testkit.StartRedis(t)
	sim, server := standIn(t, rocketsim.Options{})
	store.Kill()
	clients := replicas(t, server, store.URL(), unchanged)
	if failed, err := fetchAll(t, clients, 20, usages(t)); failed > 0 {
		t.Errorf("%d failed: %v", failed, err)
	}
	wantLogins(t, sim, 3, 3)
}

// A replica that dies while it logs in delays the others by seconds.
func TestAHolderThatDiesInALogin(t *testing.T) {
	t.Parallel()
	store := testkit.StartRedis(t)
	var held atomic.Bool
	r := start(t, func(w http.ResponseWriter, req *http.Request, n int) {
		if held.CompareAndSwap(false, true) {
			<-req.Context().Done() // until the client is closed
			return
		}
		tokens(time.Now)(w, req, n)
	}, returns("[]"))
	dying := replica(t, r.URL, store.URL(), unchanged, newKey)
	ctx, cancel := context.WithCancel(t.Context())
	var fetches sync.WaitGroup
	fetches.Go(func() { _, _ = dying.Fetch(ctx, usages(t), requested) })
	for !held.Load() {
		time.Sleep(time.Millisecond)
	}
	_ = dying.Fleet.Close() // it renews its lease no more, and cannot end it
	cancel()
	fetches.Wait()
	mustFetch(t, replica(t, r.URL, store.URL(), unchanged, newKey))
}

// A replica that ends in mid-login leaves the login to another one, and shares no failure.
func TestALoginThatIsGivenUpSharesNoFailure(t *testing.T) {
	store := testkit.StartRedis(t)
	begun := make(chan struct{})
	r := start(t, func(w http.ResponseWriter, req *http.Request, n int) {
		if n == 1 {
			close(begun)
			<-req.Context().Done()
			return
		}
		tokens(time.Now)(w, req, n)
	}, returns("[]"))
	ending, other := replica(t, r.URL, store.URL(), unchanged, newKey), replica(t, r.URL, store.URL(), unchanged, newKey)
	var fetches sync.WaitGroup
	fetches.Go(func() { _, _ = fetch(t, ending, usages(t)) })
	<-begun
	ending.Close()
	fetches.Wait()
	db := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = db.Close() }()
	if left := db.Keys(t.Context(), "*").Val(); len(left) != 0 {
		t.Errorf("it leaves %q behind", left)
	}
	mustFetch(t, other)
	r.wantCounts(t, 2, 1)
}

// TestRedisHoldsNoSecret looks at every value in Redis, after all that leads to one: a login, a refused one, a refused token.
func TestRedisHoldsNoSecret(t *testing.T) {
	store := testkit.StartRedis(t)
	given := []string{"wrong horse", password, username}
	sim, server := standIn(t, rocketsim.Options{Deny: "gcp"})
	c := replica(t, server, store.URL(), unchanged, newKey)
	mustFetch(t, c)
	_, _ = fetch(t, c, newQuery(t, query.Usages, query.GCP, query.Params{}))
	_, _ = fetch(t, replica(t, server, store.URL(), func(o *settings) { o.Account.Password = secret.Value(given[0]) }, newKey), usages(t))
	wantLogins(t, sim, 2, 3)
	db := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = db.Close() }()
	if err := db.ConfigSet(t.Context(), "rdbcompression", "no").Err(); err != nil {
		t.Fatal(err)
	}
	keys := db.Keys(t.Context(), "*").Val()
	if len(keys) < 3 {
		t.Fatalf("only %q is there: the test does not see all", keys)
	}
	for _, key := range keys {
		value := key + db.Dump(t.Context(), key).Val()
		for _, secret := range append(given, "eyJhbGciOi") { // as every JWT begins
			if strings.Contains(value, secret) {
				t.Errorf("%s holds %q", key, secret)
			}
		}
	}
}
