//go:build chaos

package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var aclRows = []row{
	{"ACL user with the least rights, single Redis", aclSingle},
	{"ACL user with the least rights, Sentinel", aclSentinel},
	{"ACL user with the least rights, Cluster", aclCluster},
}

// setUser runs an ACL SETUSER command of docs/topologies.md on some nodes.
func (t *trial) setUser(rules []string, nodes ...string) {
	t.Helper()
	command := []any{"ACL", "SETUSER", "gateway"}
	for _, r := range rules {
		command = append(command, r)
	}
	for _, address := range nodes {
		if err := t.redisClient(address).Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func aclSingle(t *trial) {
	server := testkit.StartRedis(t)
	t.setUser(aclRules(t.T)[0], server.Address)
	t.useEverything("redis://gateway:PASSWORD@"+server.Address+"/0", server.Address)
}

func aclSentinel(t *trial) {
	s := testkit.StartSentinel(t)
	t.setUser(aclRules(t.T)[0], s.Nodes()...)
	t.setUser(aclRules(t.T)[2], s.Sentinels()...)
	url := strings.Replace(s.URL(), "://", "://gateway:PASSWORD@", 1) + "?sentinel_username=gateway&sentinel_password=PASSWORD"
	t.useEverything(url, append(s.Nodes(), s.Sentinels()...)...)
}

func aclCluster(t *trial) {
	c := testkit.StartCluster(t)
	t.setUser(aclRules(t.T)[0], c.Nodes()...)
	t.setUser(aclRules(t.T)[1], c.Nodes()...)
	t.useEverything(strings.Replace(c.URL(), "://", "://gateway:PASSWORD@", 1), c.Nodes()...)
}

// aclQuota bounds what all replicas together may fetch for the row's one caller.
const aclQuota = 80

// useEverything has a fleet do all that it does with Redis. Redis must deny nothing.
func (t *trial) useEverything(redisURL string, nodes ...string) {
	env := []string{fmt.Sprintf("UPSTREAM_QUOTA=%d/24h", aclQuota), "RATE_LIMIT=100000/24h", "SHUTDOWN_TIMEOUT=2s"}
	t.start(t.T, redisURL, env...)
	t.warm()
	t.awaitSharing(4)
	t.useLease()
	t.usePurges()
	t.useToken()
	t.useFailure()
	t.wantNoFailure()
	t.wantLoginsAtMost(2)
	t.useHandover(redisURL, env...)
	t.useQuota()
	t.wantNothingDenied(nodes)
}

// useLease has all replicas coalesce one query.
func (t *trial) useLease() {
	before := t.rocket.posts.Load()
	t.rocket.slow(1500 * time.Millisecond) // longer than a renewal takes
	t.run(30, 1, t.spread(func(int, int) string { return cold("coalesced") }))
	t.rocket.slow(0)
	if n := t.rocket.posts.Load() - before; n != 1 {
		t.breaks("%d POSTs for one query of 30 callers, want 1", n)
	}
}

// usePurges has a purge reach all replicas.
func (t *trial) usePurges() {
	if late := t.purgeEverywhere(0); late > purgeReach {
		t.breaks("a purged body served after %s", round(late))
	}
}

// useToken has the fleet renew a refused token once.
func (t *trial) useToken() {
	t.rocket.sim.EndSessions()
	t.run(3, 3, t.spread(func(caller, n int) string { return cold("token", caller, n) }))
	if n := t.rocket.logins(); n != 2 {
		t.breaks("%d logins, want 2: one at the start and one for a refused token", n)
	}
}

// useFailure has waiters at all replicas get the failure of the lease holder's fetch.
func (t *trial) useFailure() {
	before := t.rocket.posts.Load()
	t.rocket.fail(func(w http.ResponseWriter, req *http.Request) {
		if pass(req, 300*time.Millisecond) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	repeatOnce(30, func(i int) { t.send(t.replicas[i%3].api + cold("failed")) })
	t.rocket.fail(nil)
	if n := t.rocket.posts.Load() - before; n != 1 {
		t.breaks("%d POSTs for one failing query of 30 callers, want 1", n)
	}
}

// useHandover has a replica that ends hand its fetch over, and its successor read the entry.
func (t *trial) useHandover(redisURL string, env ...string) {
	t.rocket.slow(4 * time.Second)
	before := t.rocket.posts.Load()
	abandoned := make(chan result, 1)
	go func() { abandoned <- t.send(t.replicas[0].api + cold("handover")) }()
	t.await("the POST", func() bool { return t.rocket.posts.Load() > before })
	waiting := t.runAside(1, func(int) string { return t.replicas[1].api + cold("handover") })
	t.replicas[0].stop()
	<-abandoned
	t.rocket.slow(0)
	waiting()
	t.replicas = t.replicas[1:]
	more := &fleet{rocket: t.rocket}
	more.start(t.T, redisURL, env...)
	t.replicas = append(more.replicas[:1], t.replicas...)
	if s := t.get(t.replicas[0].api + cold("handover")); !s.shared() {
		t.breaks("a new replica does not read from Redis: %v", s)
	}
	t.wantNoFailure()
}

// useQuota has all replicas count the fetches of one caller together.
func (t *trial) useQuota() {
	var refused atomic.Int64
	repeatOnce(2*aclQuota, func(i int) {
		if s := t.send(t.replicas[i%3].api + cold("quota", i)); s.status == http.StatusTooManyRequests {
			refused.Add(1)
		}
	})
	t.figure("%d of %d further fetches refused", refused.Load(), 2*aclQuota)
	if n := refused.Load(); n <= aclQuota { // the other steps have used some
		t.breaks("%d of %d fetches refused beyond a quota of %d", n, 2*aclQuota, aclQuota)
	}
}

// wantNothingDenied looks for what Redis has denied the user.
func (t *trial) wantNothingDenied(nodes []string) {
	t.Helper()
	var denied []string
	for _, address := range nodes {
		log, err := t.redisClient(address).ACLLog(t.Context(), 100).Result()
		if err != nil {
			t.Fatal(err)
		}
		denied = append(denied, deniedOf(log)...)
	}
	slices.Sort(denied)
	if denied = slices.Compact(denied); len(denied) > 0 {
		t.breaks("Redis denied %v", denied)
	}
}

func deniedOf(log []*redis.ACLLogEntry) (denied []string) {
	for _, e := range log {
		denied = append(denied, e.Reason+" "+e.Object)
	}
	return denied
}
