package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// versionBefore is the commit whose build is tested beside this one: the last one before v0.1.0 that ran anywhere.
const versionBefore = "83c95e9e085cab34f390d5ec91503fbe7bf62fbd"

// buildBefore builds the gateway of versionBefore, and returns the name of its binary. A clone without that commit misses a component.
func buildBefore(t *testing.T) string {
	t.Helper()
	name, source := "gateway-"+versionBefore, t.TempDir()
	if exec.CommandContext(t.Context(), "git", "cat-file", "-e", versionBefore+"^{commit}").Run() != nil {
		testkit.Missing(t, "commit "+versionBefore, "is not in this clone; scripts/install-test-tools fetches it")
	}
	archive := filepath.Join(source, "source.tar")
	for _, command := range []*exec.Cmd{
		exec.CommandContext(t.Context(), "git", "-C", "../..", "archive", "-o", archive, versionBefore),
		exec.CommandContext(t.Context(), "tar", "xf", archive, "-C", source),
		exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(binaries, name), "./cmd/gateway"), // the cache has it
	} {
		if command.Args[0] == "go" {
			command.Dir = source
		}
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("the version before, commit %s: %v: %v\n%s", versionBefore, command, err, out)
		}
	}
	t.Cleanup(func() { _ = os.Remove(filepath.Join(binaries, name)) })
	return name
}

// versions is a replica of the version before, and two of this one, on one Redis.
type versions struct {
	t       *testing.T
	rocket  *gate
	old     *gateway
	current [2]*gateway
	token   string
}

// get sends a query, and requires the beginning of its Cache-Status.
func (v *versions) get(g *gateway, query, cacheStatus string) reply {
	v.t.Helper()
	resp, body := ask(v.t, http.MethodGet, g.api+usagesPath+query, v.token)
	r := reply{resp, body}
	r.want(v.t, http.StatusOK, cacheStatus)
	return r
}

// purge purges everything at a replica.
func (v *versions) purge(g *gateway) {
	v.t.Helper()
	status := purge(v.t, g, `{"all":true,"mode":"hard"}`, "Authorization", "Bearer "+mint(v.t, "cache:purge"))
	if status != http.StatusOK {
		v.t.Fatalf("a purge: %d", status)
	}
}

// awaitMiss waits until a replica has nothing for a query that it had before.
func (v *versions) awaitMiss(g *gateway, query string) {
	v.t.Helper()
	testkit.Until(v.t, "the replica knows the purge", func() bool {
		resp, _ := ask(v.t, http.MethodGet, g.api+usagesPath+query, v.token)
		return strings.HasPrefix(resp.Header.Get("Cache-Status"), "rocket-gateway; fwd=miss")
	})
}

// Replicas of two versions are on one Redis during every roll-out. docs/upgrading.md says what they share.
func TestReplicasOfTwoVersions(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	rocket.open()
	env := []string{
		"REDIS_URL=" + testkit.StartRedis(t).URL(), "TOKEN_ENCRYPTION_KEYS=" + sealKeys, "AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret,
		"RATE_LIMIT=1000/1h",
	}
	v := &versions{t: t, rocket: rocket, token: mint(t, "usage:read", everything()...)}
	binary := buildBefore(t)
	v.old = serveBinary(t, binary, url, env...)
	for i := range v.current {
		v.current[i] = serve(t, url, env...)
	}
	v.entries()
	if n := rocket.logins(); n != 1 {
		t.Errorf("%d logins, want 1: the versions share the token", n)
	}
	v.purges()
	v.leases()
	v.quotas()
	logins := rocket.logins()
	v.old.stop()
	for _, g := range v.current {
		g.stop()
	}
	v.old = serveBinary(t, binary, url, env...)
	v.rolledBack()
	if n := rocket.logins(); n != logins {
		t.Errorf("%d more logins after the rollback", n-logins)
	}
}

// entries shows that this version reads what the one before stored, and stores it in its own form.
func (v *versions) entries() {
	stored := v.get(v.old, "", "fwd=miss; fwd-status=200; stored")
	for _, g := range v.current {
		hit := v.get(g, "", "hit; ttl=86")
		if hit.body != stored.body || hit.Header.Get("Etag") != stored.Header.Get("Etag") || len(hit.body) < 1000 {
			v.t.Errorf("another body than the version before has: %s and %s", hit.Header.Get("Etag"), stored.Header.Get("Etag"))
		}
	}
	v.get(v.current[0], "&customer_id=new", "fwd=miss; fwd-status=200; stored")
	v.get(v.current[1], "&customer_id=new", "hit; ttl=86")
	v.get(v.old, "&customer_id=new", "fwd=miss; fwd-status=200; stored") // it cannot read the entry
	v.get(v.old, "&customer_id=new", "hit; ttl=86")
	v.get(v.current[1], "&customer_id=new", "hit; ttl=86")
}

// purges shows how far purges reach.
func (v *versions) purges() {
	v.purge(v.current[0])
	v.awaitMiss(v.current[1], "")
	v.awaitMiss(v.old, "&customer_id=new")

	v.get(v.old, "&customer_id=purged", "fwd=miss; fwd-status=200; stored")
	v.purge(v.old) // does not reach entries of this version, only those that it would read of the one before
	v.get(v.current[0], "&customer_id=purged", "fwd=miss; fwd-status=200; stored")
	v.get(v.old, "&customer_id=purged", "fwd=miss; fwd-status=200; stored")
}

// leases shows that each version fetches a query once, with callers at all replicas.
func (v *versions) leases() {
	before := v.rocket.posts.Load()
	v.rocket.shut()
	var callers sync.WaitGroup
	for i := range 30 {
		g := append(v.current[:], v.old)[i%3]
		callers.Go(func() {
			resp, body := ask(v.t, http.MethodGet, g.api+usagesPath+"&customer_id=lease", v.token)
			reply{resp, body}.want(v.t, http.StatusOK, "")
		})
	}
	v.rocket.awaitPosts(v.t, before+2)
	v.rocket.open()
	callers.Wait()
	if n := v.rocket.posts.Load() - before; n != 2 {
		v.t.Errorf("%d requests, want one of each version", n)
	}
}

// quotas shows that the versions count a caller's requests together.
func (v *versions) quotas() {
	left := func(g *gateway) (n int) {
		header := v.get(g, "&customer_id=lease", "hit").Header.Get("RateLimit")
		if _, err := fmt.Sscanf(header, `"requests";r=%d;`, &n); err != nil {
			v.t.Fatalf("RateLimit: %q: %v", header, err)
		}
		return n
	}
	first := left(v.old)
	for i, g := range []*gateway{v.current[0], v.old, v.current[1]} {
		if n := left(g); n != first-1-i {
			v.t.Errorf("%d requests left after %d more, want %d", n, i+1, first-1-i)
		}
	}
}

// rolledBack shows that the version before finds its own entries again.
func (v *versions) rolledBack() {
	v.get(v.old, "&customer_id=lease", "hit; ttl=86")
	v.get(v.old, "&customer_id=back", "fwd=miss; fwd-status=200; stored")
}
