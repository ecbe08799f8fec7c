package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
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
		replicas[i] = serve(t, rocket,
			append([]string{"REDIS_URL=" + store.URL(), "TOKEN_ENCRYPTION_KEYS=" + sealKeys, "LOG_LEVEL=debug"}, env...)...)
	}
	return replicas
}

// TestAFleetLogsInOnce has 200 callers send different queries to three replicas, in front of a Rocket that allows one session for a user.
func TestAFleetLogsInOnce(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.SingleSession = true })
	store := testkit.StartRedis(t)
	replicas := sharing(t, rocket, store)
	var callers sync.WaitGroup
	for n := range 200 {
		callers.Go(func() {
			get(t, replicas[n%3].api+fmt.Sprintf("%s&customer_id=%d", usagesPath, n)).want(t, 200, "fwd=miss; fwd-status=200")
		})
	}
	callers.Wait()
	if n := sim.Counts(); n.Logins != 1 || n.Total() != 200 {
		t.Errorf("%d logins and %d requests, want 1 and 200", n.Logins, n.Total())
	}
	wantNoSecret(t, store, replicas)
}

// logins is a Rocket that checks that each login has a reason: no token yet, one that is about to expire, or one that was revoked.
type logins struct {
	*rocketsim.Server
	t *testing.T

	mu      sync.Mutex // one login at a time
	revoked bool       // guarded by mu: since the last login
	expires time.Time  // guarded by mu: of the last token
}

func (l *logins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/auth/login") {
		l.Server.ServeHTTP(w, r)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := time.Until(l.expires); left > shortTokens/2 && !l.revoked {
		l.t.Errorf("a login while the token is good for %s more", left)
	}
	recorder := httptest.NewRecorder()
	l.Server.ServeHTTP(recorder, r)
	var reply struct{ ExpiresAt int64 }
	if err := json.Unmarshal(recorder.Body.Bytes(), &reply); err != nil {
		l.t.Errorf("%v in %s", err, recorder.Body)
	}
	l.revoked, l.expires = false, time.Unix(reply.ExpiresAt, 0)
	maps.Copy(w.Header(), recorder.Header())
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
}

// revoke ends the session of the last token, as a login of another client does.
func (l *logins) revoke() {
	w := httptest.NewRecorder()
	body := strings.NewReader(fmt.Sprintf(`{"Username":%q,"Password":%q}`, username, password))
	r := httptest.NewRequest(http.MethodPost, "/api/v4/auth/login", body)
	r.Header.Set("Content-Type", "application/json")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revoked = true
	l.Server.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		l.t.Errorf("the login of another client: %d %s", w.Code, w.Body)
	}
}

// Tokens that live for seconds are renewed, and another client's login ends the session in between. The fleet logs in once each time.
func TestCallersDoNotNoticeRenewalsAndRevocations(t *testing.T) {
	t.Parallel()
	rocket := &logins{t: t, Server: simulator(func(o *rocketsim.Options) { o.SingleSession, o.TokenLifetime = true, shortTokens })}
	store := testkit.StartRedis(t)
	replicas := sharing(t, listen(t, rocket), store)
	var callers sync.WaitGroup
	var done atomic.Bool
	for c := range 6 {
		callers.Go(func() {
			for n := 0; !done.Load(); n++ {
				get(t, replicas[c%3].api+fmt.Sprintf("%s&customer_id=%d-%d", usagesPath, c, n)).want(t, 200, "fwd=miss; fwd-status=200")
				time.Sleep(20 * time.Millisecond) // for the sake of the other tests
			}
		})
	}
	t.Cleanup(callers.Wait)
	t.Cleanup(func() { done.Store(true) })
	logged := func(n int) {
		testkit.Until(t, "the fleet has logged in", func() bool { return rocket.Counts().Logins >= n })
	}
	logged(1)
	rocket.revoke()
	logged(3) // the other client's login counts too
	logged(4)
	done.Store(true)
	callers.Wait()
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
