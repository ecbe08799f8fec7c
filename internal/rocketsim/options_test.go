package rocketsim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

func TestSingleSession(t *testing.T) {
	t.Parallel()
	c := serve(t, rocketsim.Options{SingleSession: true})
	first := c.login(t).Token
	c.token = first
	c.fetch(t, "azure/usages", month("2026-04"))
	second := c.login(t).Token
	expectRefusal(t, c.try(t, "azure/usages", month("2026-04")), http.StatusUnauthorized)
	c.token = second
	c.fetch(t, "azure/usages", month("2026-04"))
	// The other login counts as well, and a refused one ends no session.
	c.send(t, http.MethodPost, "/api/v4/auth/login", credentials("Username", "Password", username, "guess"), nil)
	c.fetch(t, "azure/usages", month("2026-04"))
	c.oauth(t, basic(username, password))
	expectRefusal(t, c.try(t, "azure/usages", month("2026-04")), http.StatusUnauthorized)
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	c.fetch(t, "azure/usages", month("2026-04"))
	c.sim.EndSessions()
	expectRefusal(t, c.try(t, "azure/usages", month("2026-04")), http.StatusUnauthorized)
	c.token = c.login(t).Token
	c.fetch(t, "azure/usages", month("2026-04"))
}

func TestDeny(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{Deny: "gcp"})
	for _, endpoint := range []string{"usages", "indicators", "filters/customers"} {
		expectRefusal(t, c.try(t, "gcp/"+endpoint, month("2026-04")), http.StatusUnauthorized)
		for _, provider := range []string{"azure", "aws"} {
			c.fetch(t, provider+"/"+endpoint, month("2026-04"))
		}
	}
}

// TestErrorRate: an error does not depend on the query and spares the login.
func TestErrorRate(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{ErrorRate: 1})
	for range 5 {
		expectRefusal(t, c.try(t, "azure/usages", month("2026-04")), http.StatusServiceUnavailable)
	}
	c.token = "garbage"
	expectRefusal(t, c.try(t, "azure/usages", month("2026-04")), http.StatusUnauthorized)
}

// TestErrorRateIsAShare: of 200 queries neither all nor none fail; either is as likely as 2 in 10^60.
func TestErrorRateIsAShare(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{ErrorRate: 0.5, Customers: 1})
	seen := map[int]int{}
	for range 200 {
		seen[c.try(t, "azure/resellers", over("2026-04-01", "2026-04-01")).status]++
	}
	if seen[http.StatusOK] == 0 || seen[http.StatusServiceUnavailable] == 0 || len(seen) != 2 {
		t.Error(seen)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	c := serve(t, rocketsim.Options{Deny: "gcp"})
	if got := c.sim.Counts(); got.Logins != 0 || got.Total() != 0 {
		t.Errorf("before anything: %+v", got)
	}
	q := month("2026-04")
	c.try(t, "azure/usages", q) // without a token: counts all the same
	c.oauth(t, basic(username, "guess"))
	c.token = c.login(t).Token
	c.try(t, "azure/usages", q)
	c.try(t, "azure/filters/customers", q.with("view", "galaxies"))
	c.try(t, "gcp/by-day", q)
	c.try(t, "oracle/usages", q)
	want := rocketsim.Counts{Logins: 2, Queries: map[string]int{"azure/usages": 2, "azure/filters/customers": 1, "gcp/by-day": 1}}
	got := c.sim.Counts()
	if diff := cmp.Diff(want, got); diff != "" || got.Total() != 4 {
		t.Errorf("total %d (-want +got):\n%s", got.Total(), diff)
	}
	got.Queries["azure/usages"] = 99
	if diff := cmp.Diff(want, c.sim.Counts()); diff != "" {
		t.Errorf("a caller changed the counters:\n%s", diff)
	}
}

// TestCustomersIsTheSizeOfAWorld, less those who came later or had gone; 300 by default.
func TestCustomersIsTheSizeOfAWorld(t *testing.T) {
	t.Parallel()
	for _, size := range []int{4, 20, 100} {
		c := open(t, rocketsim.Options{Customers: size})
		q := over("2024-07-01", "2026-06-18").without("invoice_type")
		for _, provider := range providers {
			if got := len(get[[]option](t, c, provider+"/filters/customers", q)); got > size || got < size*3/4 {
				t.Errorf("%s: %d customers of %d", provider, got, size)
			}
		}
	}
	if diff := cmp.Diff(customersOf(t, 300), customersOf(t, 0)); diff != "" {
		t.Errorf("300 and the default differ:\n%s", diff)
	}
}

// customersOf goes past serve, which has a size of its own for none.
func customersOf(t *testing.T, size int) []option {
	t.Helper()
	sim := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: size, Now: fixed(today)})
	w := call(t.Context(), sim, "auth/login", "", credentials("Username", "Password", username, password))
	token := decode[loginReply](t, w.Body.String()).Token
	w = call(t.Context(), sim, "azure/filters/customers", token, month("2026-04").String())
	return decode[[]option](t, w.Body.String())
}
