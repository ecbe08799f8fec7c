package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const sealKeys = "c2VhbC1zZWFsLXNlYWwtc2VhbC1zZWFsLXNlYWwtc2U="

// sharing is three replicas that share one token, and say all that they would say to a debugging operator.
func sharing(t *testing.T, rocket string, store *testkit.Redis, env ...string) []*gateway {
	t.Helper()
	replicas := make([]*gateway, 3)
	for i := range replicas {
		replicas[i] = serve(t, rocket, append([]string{"REDIS_URL=" + store.URL(), "TOKEN_ENCRYPTION_KEYS=" + sealKeys, "LOG_LEVEL=debug"}, env...)...)
	}
	return replicas
}

// TestAFleetLogsInOnce has 200 callers ask different questions of three replicas, of a Rocket that allows one session for a user.
func TestAFleetLogsInOnce(t *testing.T) {
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.SingleSession = true })
	store := testkit.StartRedis(t)
	replicas := sharing(t, rocket, store)
	var callers sync.WaitGroup
	for n := range 200 {
		callers.Go(func() {
			get(t, replicas[n%3].api+fmt.Sprintf("%s&customer_id=%d", question, n)).want(t, 200, "fwd=miss; fwd-status=200")
		})
	}
	callers.Wait()
	if n := sim.Counts(); n.Logins != 1 || n.Total() != 200 {
		t.Errorf("%d logins and %d questions, want 1 and 200", n.Logins, n.Total())
	}
	wantNoSecret(t, store, replicas)
}

// Tokens that live for seconds are renewed all the time, and somebody else's logins end the session now and then.
func TestNobodyNoticesRenewalsAndRevocations(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.SingleSession, o.TokenLifetime = true, 3*time.Second })
	store := testkit.StartRedis(t)
	replicas := sharing(t, rocket, store)
	const run = 8 * time.Second
	end := time.Now().Add(run)
	var asked atomic.Int64
	var callers sync.WaitGroup
	for c := range 6 {
		callers.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				get(t, replicas[c%3].api+fmt.Sprintf("%s&customer_id=%d-%d", question, c, n)).want(t, 200, "fwd=miss; fwd-status=200")
				asked.Add(1)
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	time.Sleep(run / 2)
	resp, err := http.Post(rocket+"/api/v4/auth/login", "application/json", strings.NewReader(fmt.Sprintf(`{"Username":%q,"Password":%q}`, username, password)))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	callers.Wait()
	if n := sim.Counts(); n.Logins > 8 {
		t.Errorf("%d logins for %d questions in %s", n.Logins, asked.Load(), run)
	}
	wantNoSecret(t, store, replicas)
}

// wantNoSecret looks through all that the processes said, and all that is in Redis, as it is there.
func wantNoSecret(t *testing.T, store *testkit.Redis, replicas []*gateway) {
	t.Helper()
	places := map[string]string{}
	for i, g := range replicas {
		places[fmt.Sprintf("the log of replica %d", i)] = g.text()
		places[fmt.Sprintf("the metrics of replica %d", i)] = get(t, g.admin+"/metrics").body
	}
	db := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = db.Close() }()
	if err := db.ConfigSet(t.Context(), "rdbcompression", "no").Err(); err != nil {
		t.Fatal(err)
	}
	for _, key := range db.Keys(t.Context(), "*").Val() {
		places["Redis: "+key] = key + db.Dump(t.Context(), key).Val()
	}
	for place, text := range places {
		for _, secret := range []string{password, sealKeys, "eyJhbGciOi"} { // as every JWT begins
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", place, secret)
			}
		}
	}
}
