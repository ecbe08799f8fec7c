package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestWarm(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	g := serve(t, rocket)
	list := filepath.Join(t.TempDir(), "queries.yaml")
	write := func(lines string) {
		if err := os.WriteFile(list, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("- /v1/azure/usages?period=2025-06\n- /v1/aws/by-day?period=2025-06\n- /v1/azure/usages?start_time=2025-06-01&end_time=2025-06-30\n")
	run := func(status int, want string, args ...string) {
		t.Helper()
		got, text := output(t, nil, append([]string{"warm", "--url", g.api}, args...)...)
		if got != status || !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%v: exit status %d, %s", args, got, text)
		}
	}
	run(0, `3 queries in \S+: 2 fetched, 1 cached already, 0 failed`, "--file", list, "--concurrency", "1")
	run(0, `0 fetched, 3 cached already, 0 failed`, "--file", list)
	run(0, `, 0 failed`, "--months", "1", "--provider", "gcp")
	calls := sim.Counts().Total()
	if calls < 20 {
		t.Errorf("%d queries reached Rocket for every customer of two months", calls)
	}
	run(0, ` 0 fetched, \d+ cached already, 0 failed`, "--months", "1", "--provider", "gcp")
	if n := sim.Counts().Total(); n != calls {
		t.Errorf("a second run sent Rocket %d queries", n-calls)
	}
	write("- /v1/azure/usages?x=1\n- /v1/azure/usages?period=2025-06\n")
	run(1, `(?s)1 failed.*/v1/azure/usages\?x=1: 400 Bad Request`, "--file", list)
	write("- http://elsewhere/\n")
	run(1, `entry 1 is no path of the API`, "--file", list)
	write("queries: 1\n")
	run(1, `must be a YAML list`, "--file", list)
	run(1, `--months must be from 1 to 24`, "--months", "99")
	run(2, `expected|missing|required`)
	_, text := output(t, nil, "warm", "--url", "http://127.0.0.1:1", "--months", "1")
	if !strings.Contains(text, "no gateway responds at http://127.0.0.1:1; --url sets the address") {
		t.Error(text)
	}
}

// Ctrl-C ends the queries in flight; the gateway ends the fetch, which is cached then.
func TestWarmEndsOnASignal(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	g := serve(t, url)
	list := filepath.Join(t.TempDir(), "queries.yaml")
	paths := "- /v1/azure/customers?period=2025-06\n- " + usagesPath + "\n- /v1/aws/usages\n"
	if err := os.WriteFile(list, []byte(paths), 0o600); err != nil {
		t.Fatal(err)
	}
	warm := start(t, "gateway", nil, "warm", "--url", g.api, "--file", list, "--concurrency", "1")
	rocket.awaitPosts(t, 1)
	warm.signal(syscall.SIGINT)
	status := warm.status()
	want := regexp.MustCompile(`^1 query in \S+: 1 fetched, 0 cached already, 0 failed, 2 left\n` +
		`gateway: interrupted; run it again to continue: [^\n]*\n$`)
	if status != 1 || !want.MatchString(warm.text()) {
		t.Errorf("exit status %d, %s", status, warm.text())
	}
	rocket.open()
	testkit.Until(t, "the fetch is cached", func() bool {
		return strings.Contains(get(t, g.api+usagesPath).Header.Get("Cache-Status"), "; hit")
	})
}
