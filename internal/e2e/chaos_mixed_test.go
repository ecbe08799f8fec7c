//go:build chaos

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var mixedRows = []row{{"replicas of this version and of the one before", mixedVersions}}

const (
	mixedTenants = 6
	mixedQueries = 10 // of each tenant
	mixedLoad    = 10 * time.Second
)

// mixed is one replica of each version, and the tokens of callers who may each see one customer.
type mixed struct {
	*trial
	redis  *redis.Client
	tokens []string
}

// mixedVersions shows that replicas of two versions work beside each other on one Redis, and counts what a purge at one does at the other.
func mixedVersions(t *trial) {
	name := buildBefore(t.T)
	server := testkit.StartRedis(t)
	env := []string{"REDIS_URL=" + server.URL(), "TOKEN_ENCRYPTION_KEYS=" + sealKeys, "AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret}
	t.replicas = []*gateway{serveProcess(t.T, t.rocket.url, env...), serveBinary(t.T, name, t.rocket.url, env...)}
	m := mixed{trial: t, redis: t.redisClient(server.Address)}
	for tenant := range mixedTenants {
		m.tokens = append(m.tokens, mint(t.T, "usage:read", grant{"azure", "customers", []string{tenantName(tenant)}}))
	}
	m.askAll()
	m.askAll()
	old, current := m.entries()
	posts := t.rocket.posts.Load()
	t.before.requests = len(t.callers.list())
	stop := t.repeat(8, 5*time.Millisecond, func(caller, n int) { m.ask(t.replicas[(caller+n)%2], caller*7+n) })
	time.Sleep(mixedLoad)
	stop()
	m.wantHits(t.callers.list()[t.before.requests:])
	if n := t.rocket.posts.Load() - posts; n > 0 {
		t.breaks("%d POSTs for entries that both replicas have", n)
	}
	oldAfter, currentAfter := m.entries()
	t.figure("keys before the load and after: e1 %d and %d, e2 %d and %d", old, oldAfter, current, currentAfter)
	if want := mixedTenants * mixedQueries; oldAfter != want || currentAfter < current { // this version reads those of the one before
		t.breaks("%d entries of the version before and %d of this one, want %d and no less than %d", oldAfter, currentAfter, want, current)
	}
	m.purgeAt(0, "this version")
	m.purgeAt(1, "the version before")
	t.wantNoFailure()
	t.wantLoginsAtMost(2) // the versions need not share the token
}

func tenantName(tenant int) string { return fmt.Sprint("tenant", tenant) }

// ask sends one of the queries of all tenants. The URLs of the tenants are the same.
func (m *mixed) ask(replica *gateway, n int) result {
	tenant, query := n%mixedTenants, n/mixedTenants%mixedQueries
	url := fmt.Sprintf("%s/v1/azure/usages?period=2025-%02d", replica.api, 1+query)
	s := m.callers.add(m.send(url, "Authorization", "Bearer "+m.tokens[tenant]))
	if got := m.rocket.customer(s.number); !s.failed() && got != tenantName(tenant) {
		m.breaks("%s got the body of %q: %v", tenantName(tenant), got, s)
	}
	return s
}

// askAll asks both replicas all queries of all tenants.
func (m *mixed) askAll() {
	repeatOnce(2*mixedTenants*mixedQueries, func(i int) { m.ask(m.replicas[i%2], i/2) })
	m.wantNoFailure()
}

// entries returns how many entries of each version Redis has.
func (m *mixed) entries() (old, current int) {
	return m.keys(m.redis, "rgw:e1:*"), m.keys(m.redis, entryKeys)
}

func (m *mixed) wantHits(all []result) {
	m.Helper()
	for _, s := range all {
		if !s.failed() && !s.fresh() {
			m.breaks("a fresh entry was no hit: %v", s)
			return
		}
	}
	m.figure("%d hits", len(all))
}

// purgeAt purges all at one replica, and counts the purged bodies that each serves 2.5 s later.
func (m *mixed) purgeAt(which int, name string) {
	last := m.rocket.posts.Load()
	status := purge(m.T, m.replicas[which], `{"all":true,"mode":"hard"}`, "Authorization", "Bearer "+mint(m.T, "cache:purge"))
	if status != http.StatusOK {
		m.breaks("a purge at %s: %d", name, status)
	}
	time.Sleep(2500 * time.Millisecond)
	served := make([]string, 2)
	for i, r := range m.replicas {
		var purged results
		repeatOnce(mixedTenants*mixedQueries, func(n int) {
			if s := m.ask(r, n); s.number <= last {
				purged.add(s)
			}
		})
		served[i] = fmt.Sprint(len(purged.list()))
		if i == which && len(purged.list()) > 0 {
			m.breaks("%s serves %s bodies that were purged there", name, served[i])
		}
	}
	m.figure("hard purge at %s: purged bodies served by this version and the one before: %s of %d each",
		name, strings.Join(served, " and "), mixedTenants*mixedQueries)
}
