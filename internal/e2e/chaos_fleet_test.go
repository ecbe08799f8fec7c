//go:build chaos

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// hot is the query that callers repeat.
const hot = "/v1/azure/usages?period=2025-06"

// cold returns a query that no other arguments lead to.
func cold(kind string, n ...int) string {
	return hot + "&customer_id=" + kind + strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", "-"), "[]")
}

// fleet is three replicas of the real binary in front of one Rocket.
type fleet struct {
	rocket   *rocket
	replicas []*gateway
}

// start starts the replicas on the Redis at redisURL. They share Rocket's token.
func (f *fleet) start(t *testing.T, redisURL string, env ...string) {
	t.Helper()
	for range 3 {
		f.replicas = append(f.replicas, f.further(t, redisURL, env...))
	}
}

// further starts one more replica on the Redis at redisURL.
func (f *fleet) further(t *testing.T, redisURL string, env ...string) *gateway {
	t.Helper()
	return serveProcess(t, f.rocket.url, append([]string{"REDIS_URL=" + redisURL, "TOKEN_ENCRYPTION_KEYS=" + sealKeys}, env...)...)
}

// warm has all replicas hold the hot entry and Rocket's token in memory. Criteria count from there.
func (t *trial) warm() {
	t.Helper()
	for i, r := range t.replicas {
		t.get(r.api + hot)
		t.get(r.api + cold("warm", i))
	}
	t.wantNoFailure()
	t.before.posts, t.before.requests = t.rocket.posts.Load(), len(t.callers.list())
}

// spread returns the URL of a query at one replica after another.
func (t *trial) spread(query func(caller, n int) string) func(caller, n int) string {
	return func(caller, n int) string { return t.replicas[(caller+n)%len(t.replicas)].api + query(caller, n) }
}

// await waits until a condition holds, and returns how long that took. A condition that never holds breaks the row.
func (t *trial) await(what string, holds func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !holds() {
		if time.Since(begun) > 3*patience {
			t.breaks("waited %s in vain for %s", 3*patience, what)
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(begun)
}

// awaitSharing waits until every replica reads from Redis what the one before has fetched, and returns how long that took. A Cluster
// keeps several queries on several masters.
func (t *trial) awaitSharing(queries int) time.Duration {
	t.Helper()
	round := 0
	return t.await("replicas to share entries again", func() bool {
		round++
		for n := range queries {
			for i := range t.replicas {
				query := cold("shared", round, n, i)
				t.get(t.replicas[i].api + query)
				if !t.get(t.replicas[(i+1)%len(t.replicas)].api + query).shared() {
					return false
				}
			}
		}
		return true
	})
}

// purge orders a hard purge at a replica, of what is a member of the request's body, until it returns 200: a purge that Redis did
// not take in time returns 503 and is to be repeated.
func (t *trial) purge(replica *gateway, what string) {
	t.Helper()
	attempts := 0
	t.await("the purge's 200", func() bool {
		attempts++
		status, _ := t.orderPurge(replica, what)
		return status == http.StatusOK || status == 0
	})
	if attempts > 1 {
		t.figure("a purge ordered %d times", attempts)
	}
}

// orderPurge orders a hard purge once, and returns the status of the response and the detail of its problem.
func (t *trial) orderPurge(replica *gateway, what string) (status int, detail string) {
	t.Helper()
	body := strings.NewReader(fmt.Sprintf(`{%s,"mode":"hard"}`, what))
	resp, err := t.client.Post(replica.admin+"/cache/purge", "application/json", body)
	if err != nil {
		t.breaks("purge: %v", err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	var problem struct{ Detail string }
	_ = json.NewDecoder(resp.Body).Decode(&problem)
	return resp.StatusCode, problem.Detail
}

// redisClient returns a client of the server at address, as its default user.
func (t *trial) redisClient(address string) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}
