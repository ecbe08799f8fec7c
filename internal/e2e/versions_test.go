package e2e_test

import (
	"cmp"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// versionBefore is the commit whose build is tested beside this one as long as no release has a tag: the last one before v0.1.0 that ran
// anywhere. It goes with what reads its forms.
const versionBefore = "83c95e9e085cab34f390d5ec91503fbe7bf62fbd"

var beforeFlag = flag.String("before", "", "the commit that TestReplicasOfTwoVersions runs beside this one, instead of the last release")

// commitBefore returns the commit of the release before. A clone without it misses a component.
func commitBefore(t *testing.T) string {
	t.Helper()
	commit := cmp.Or(*beforeFlag, testkit.TagBefore(t), testkit.Released(t, "../../CHANGELOG.md"), versionBefore)
	if testkit.Git(t.Context(), "cat-file", "-e", commit+"^{commit}").Run() != nil {
		testkit.Missing(t, "commit "+commit, "is not in this clone; scripts/install-test-tools fetches it")
	}
	t.Log("the version before is", commit)
	return commit
}

// buildBefore builds the gateway of the release before, and returns the name of its binary.
func buildBefore(t *testing.T) string {
	t.Helper()
	commit := commitBefore(t)
	name, source := "gateway-"+strings.ReplaceAll(commit, "/", "-"), t.TempDir()
	archive := filepath.Join(source, "source.tar")
	for _, command := range []*exec.Cmd{
		testkit.Git(t.Context(), "-C", "../..", "archive", "-o", archive, commit),
		exec.CommandContext(t.Context(), "tar", "xf", archive, "-C", source),
		exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(binaries, name), "./cmd/gateway"), // the cache has it
	} {
		if command.Args[0] == "go" {
			command.Dir = source
		}
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("the version before, commit %s: %v: %v\n%s", commit, command, err, out)
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
	shared  map[string]bool // by the first letters of keys: both versions have these keys in the same forms
}

// get sends a query, and requires the beginning of its Cache-Status.
func (v *versions) get(g *gateway, query, cacheStatus string) reply {
	v.t.Helper()
	resp, body := ask(v.t, http.MethodGet, g.api+usagesPath+query, v.token)
	r := reply{resp, body}
	r.want(v.t, http.StatusOK, cacheStatus)
	if v.t.Failed() {
		v.t.FailNow()
	}
	return r
}

const missed, hit = "fwd=miss; fwd-status=200; stored", "hit; ttl=86"

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

// ofBoth returns 1 if the versions do something together, and 2 if each does it.
func ofBoth(together bool) int {
	if together {
		return 1
	}
	return 2
}

// Replicas of two versions are on one Redis during every roll-out. docs/upgrading.md says what they share.
func TestReplicasOfTwoVersions(t *testing.T) {
	t.Parallel()
	binary := buildBefore(t)
	serveOld := func(url string, env ...string) *gateway { return serveBinary(t, binary, url, env...) }
	serveCurrent := func(url string, env ...string) *gateway { return serve(t, url, env...) }
	rocket, url := standGated(t)
	rocket.open()
	env := versionsOn(testkit.StartRedis(t))
	v := &versions{t: t, rocket: rocket, token: mint(t, "usage:read", everything()...)}
	v.shared = sameForms(formsOf(t, serveOld), formsOf(t, serveCurrent))
	t.Log("keys with the same forms:", v.shared)
	v.old = serveOld(url, env...)
	for i := range v.current {
		v.current[i] = serveCurrent(url, env...)
	}
	v.entries()
	if n, want := rocket.logins(), ofBoth(v.shared["t"]); n != want {
		t.Errorf("%d logins, want %d", n, want)
	}
	v.purges()
	v.leases()
	if v.shared["q"] {
		v.quotas()
	}
	logins := rocket.logins()
	v.old.stop()
	for _, g := range v.current {
		g.stop()
	}
	v.old = serveOld(url, env...)
	v.rolledBack()
	if n := rocket.logins(); n != logins {
		t.Errorf("%d more logins after the rollback", n-logins)
	}
}

// entries shows that this version reads what the one before stored, and stores it in its own form.
func (v *versions) entries() {
	stored := v.get(v.old, "", missed)
	for _, g := range v.current {
		found := v.get(g, "", hit)
		if found.body != stored.body || found.Header.Get("Etag") != stored.Header.Get("Etag") || len(found.body) < 1000 {
			v.t.Errorf("another body than the version before has: %s and %s", found.Header.Get("Etag"), stored.Header.Get("Etag"))
		}
	}
	v.get(v.current[0], "&customer_id=new", missed)
	v.get(v.current[1], "&customer_id=new", hit)
	if !v.shared["e"] {
		v.get(v.old, "&customer_id=new", missed) // it cannot read the entry
	}
	v.get(v.old, "&customer_id=new", hit)
	v.get(v.current[1], "&customer_id=new", hit)
}

// purges shows how far purges reach.
func (v *versions) purges() {
	v.purge(v.current[0])
	v.awaitMiss(v.current[1], "")
	v.awaitMiss(v.old, "&customer_id=new")

	v.get(v.old, "&customer_id=purged", missed)
	v.purge(v.old)
	if v.shared["purges"] && v.shared["e"] {
		v.awaitMiss(v.current[0], "&customer_id=purged")
		v.get(v.old, "&customer_id=purged", hit)
		return
	}
	// The purge does not reach entries of this version, only those that it would read of the one before.
	v.get(v.current[0], "&customer_id=purged", missed)
	v.get(v.old, "&customer_id=purged", missed)
}

// leases shows that versions with the same leases fetch a query once, and others once each, with callers at all replicas.
func (v *versions) leases() {
	before, want := v.rocket.posts.Load(), int64(ofBoth(v.shared["e"] && v.shared["l"]))
	v.rocket.shut()
	var callers sync.WaitGroup
	var ended, failed atomic.Int64
	for i := range 30 {
		g := append(v.current[:], v.old)[i%3]
		callers.Go(func() {
			resp, _ := ask(v.t, http.MethodGet, g.api+usagesPath+"&customer_id=lease", v.token)
			ended.Add(1)
			if resp.StatusCode != http.StatusOK {
				failed.Add(1)
			}
		})
	}
	testkit.Until(v.t, "Rocket has got the requests", func() bool { return v.rocket.posts.Load() >= before+want || ended.Load() > 0 })
	early := ended.Load()
	v.rocket.open()
	callers.Wait()
	if n := v.rocket.posts.Load() - before; n != want || early > 0 || failed.Load() > 0 {
		v.t.Fatalf("%d requests, want %d; %d of 30 callers failed, and %d did not wait for Rocket", n, want, failed.Load(), early)
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
	v.get(v.old, "&customer_id=lease", hit)
	v.get(v.old, "&customer_id=back", missed)
}
