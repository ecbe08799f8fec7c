package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A trend stores the usages of each month, which single queries hit.
func TestWarmTrendFillsTheMonths(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	g := serve(t, rocket)
	run := func(want string, args ...string) {
		t.Helper()
		status, text := output(t, nil, append([]string{"warm", "--url", g.api}, args...)...)
		if status != 0 || !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%v: exit status %d, %s", args, status, text)
		}
	}
	run(`^1 query in \S+: 1 fetched, 0 cached already, 0 failed\n$`, "--trend", "--months", "3", "--provider", "aws")
	if n := sim.Counts().Total(); n != 3 {
		t.Errorf("Rocket saw %d requests for 3 months", n)
	}
	for _, period := range []string{"current", "previous"} {
		get(t, g.api+"/v1/aws/usages?period="+period).want(t, 200, "hit; ttl=")
	}
	run(`: 0 fetched, 1 cached already, 0 failed\n$`, "--trend", "--months", "2", "--provider", "aws")
	if n := sim.Counts().Total(); n != 3 {
		t.Errorf("Rocket saw %d requests more", n-3)
	}
	run(`^3 queries in \S+: 3 fetched, 0 cached already, 0 failed\n$`, "--trend")

	list := filepath.Join(t.TempDir(), "queries.yaml")
	paths := "- /v1/aws/trend\n- /v1/aws/usages/top?period=previous&n=3\n- /v1/aws/overview?period=2025-06\n"
	if err := os.WriteFile(list, []byte(paths), 0o600); err != nil {
		t.Fatal(err)
	}
	run(`^3 queries in \S+: 1 fetched, 2 cached already, 0 failed\n$`, "--file", list, "--concurrency", "1")
	get(t, g.api+"/v1/aws/by-day?period=2025-06").want(t, 200, "hit; ttl=")
}
