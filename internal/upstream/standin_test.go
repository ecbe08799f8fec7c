package upstream_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// standIn serves the project's own Rocket, which is as strict as the vendor's page.
func standIn(t *testing.T, o rocketsim.Options) (sim *rocketsim.Server, server string) {
	t.Helper()
	o.Username, o.Password, o.Customers = username, password, 5
	sim = rocketsim.New(o)
	s := httptest.NewServer(sim)
	t.Cleanup(s.Close)
	return sim, s.URL
}

// fetchEverything sends every kind of query to every provider and wants JSON for each.
func fetchEverything(t *testing.T, c *upstream.Client) {
	t.Helper()
	for _, e := range query.Endpoints() {
		for _, p := range []query.Provider{query.Azure, query.AWS, query.GCP} {
			body, err := fetch(t, c, newQuery(t, e, p, query.Params{Period: "2025-05"}))
			if err != nil || !json.Valid([]byte(body)) || len(body) < 10 {
				t.Errorf("%s of %s: got %q, %v", e.Name, p, body, err)
			}
		}
	}
}

func TestStandInRespondsToEveryEndpoint(t *testing.T) {
	var c clock
	for name, base := range map[string]string{"plain": "", "behind a prefix": "/rocketsvc"} {
		t.Run(name, func(t *testing.T) {
			sim, server := standIn(t, rocketsim.Options{Now: c.now})
			o := options(t, server+base)
			o.Now = c.now
			fetchEverything(t, connect(t, o))
			if n := sim.Counts(); n.Logins != 1 || n.Total() != 30 {
				t.Errorf("%d logins and %d queries, want 1 and 30", n.Logins, n.Total())
			}
		})
	}
}

func TestStandInByOAuth(t *testing.T) {
	var c clock
	sim, server := standIn(t, rocketsim.Options{Now: c.now})
	o := oauthOptions(t, server)
	o.Now = c.now
	fetchEverything(t, connect(t, o))
	if n := sim.Counts(); n.Logins != 1 {
		t.Errorf("%d logins, want 1", n.Logins)
	}
}

func TestStandInOutlivesItsTokens(t *testing.T) {
	var c clock
	sim, server := standIn(t, rocketsim.Options{Now: c.now, TokenLifetime: time.Hour})
	o := options(t, server)
	o.Now = c.now
	client := connect(t, o)
	for hours := range 5 {
		c.set(time.Duration(hours) * time.Hour)
		mustFetch(t, client)
		mustFetch(t, client)
	}
	if n := sim.Counts(); n.Logins != 5 || n.Total() != 10 {
		t.Errorf("%d logins and %d queries, want 5 and 10", n.Logins, n.Total())
	}
}

// Another program that logs in with the same account ends our session.
func TestStandInWithASingleSession(t *testing.T) {
	var c clock
	_, server := standIn(t, rocketsim.Options{Now: c.now, SingleSession: true})
	o := options(t, server)
	o.Now = c.now
	one, other := connect(t, o), connect(t, o)
	for range 3 {
		mustFetch(t, one)
		mustFetch(t, other)
	}
}

func TestStandInThatRefuses(t *testing.T) {
	var c clock
	sim, server := standIn(t, rocketsim.Options{Now: c.now, Deny: "aws"})
	o := options(t, server)
	o.Now = c.now
	client := connect(t, o)
	_, err := fetch(t, client, newQuery(t, query.Usages, query.AWS, query.Params{}))
	wantFault(t, err, fault.UpstreamCredentials, 401)
	mustFetch(t, client)
	o.Account.Password = "wrong"
	_, err = fetch(t, connect(t, o), usages(t))
	wantFault(t, err, fault.UpstreamCredentials, 401)
	if n := sim.Counts(); n.Logins != 3 || n.Total() != 3 {
		t.Errorf("%d logins and %d queries, want 3 and 3", n.Logins, n.Total())
	}
	_, err = fetch(t, client, newQuery(t, query.Usages, query.Azure, query.Params{View: "planets"}))
	wantFault(t, err, fault.UpstreamRejected, 400)
}
