package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestPurgeReachesTheFleet(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	store := testkit.StartRedis(t)
	one, two := serve(t, rocket, "REDIS_URL="+store.URL()), serve(t, rocket, "REDIS_URL="+store.URL())
	get(t, one.api+usagesPath).want(t, 200, "fwd=miss; fwd-status=200; stored")
	get(t, two.api+usagesPath).want(t, 200, "hit; ttl=")
	env := []string{"ADMIN_ADDR=" + strings.TrimPrefix(one.admin, "http://")}
	for _, args := range [][]string{
		{"purge", "--hard", "--query", usagesPath}, {"purge", "--hard", "--tag", "customer:c-1", "--tag", "period:2024-01"},
		{"purge", "--hard", "--all"},
	} {
		calls := sim.Counts().Total()
		if status, text := output(t, env, args...); status != 0 || text != "purged\n" {
			t.Errorf("%v: exit status %d, %s", args, status, text)
		}
		testkit.Until(t, "the other replica knows the purge", func() bool {
			get(t, two.api+usagesPath)
			return sim.Counts().Total() > calls
		})
		if n := sim.Counts().Total(); n != calls+1 {
			t.Errorf("%v: %d more requests", args, n-calls)
		}
	}
	if status, text := output(t, env, "purge", "--query", "/v1/azure/usages?x=1"); status != 1 ||
		!strings.Contains(text, "x is not a parameter") {
		t.Errorf("exit status %d, %s", status, text)
	}
	if status, text := output(t, []string{"ADMIN_ADDR=127.0.0.1:1"}, "purge", "--all"); status != 1 ||
		!strings.Contains(text, "no gateway responds at http://127.0.0.1:1; --admin or ADMIN_ADDR sets the address") {
		t.Errorf("exit status %d, %s", status, text)
	}
	if status, _ := output(t, env, "purge"); status != 2 {
		t.Errorf("exit status %d without a thing to purge, want 2", status)
	}
}

// purge posts a purge to the admin listener with header lines, and returns the status.
func purge(t *testing.T, g *gateway, body string, header ...string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, g.admin+"/cache/purge", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
