package tenancy_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// For any profiles and any query, the caller is shown the granted rows, totals and prices: all that
// were asked for, and no others.
func TestOnlyWhatIsGrantedIsShown(t *testing.T) {
	rocket := connect(t, rocketsim.Options{}, directly)
	worlds := map[query.Provider]world{}
	for _, provider := range providers {
		worlds[provider] = learn(t, rocket, provider)
	}
	shown := map[string]int{}
	testkit.Check(t, func(rt *rapid.T) {
		provider := rapid.SampledFrom(providers).Draw(rt, "provider")
		w := worlds[provider]
		home := rapid.SampledFrom(w).Draw(rt, "home")
		profiles := rapid.SliceOfN(anyProfile(provider, w, home), 1, 3).Draw(rt, "profiles")
		p := parse(t, profiles)
		for range 30 {
			asked := anyQuery(rt, provider, w, home)
			sent, filter, err := p.Narrow(asked)
			if err != nil {
				continue
			}
			body, err := rocket.Fetch(t.Context(), &sent, nil)
			if f := fault.Of(err); err != nil && f.Kind != fault.UpstreamRejected {
				rt.Fatal(err)
			} else if err != nil {
				continue // a cost or view that the simulator does not know
			}
			if body, err = filter.Apply(body); err != nil {
				rt.Fatal(err)
			}
			if wrong := w.judge(rt, profiles, asked, sent, body); len(wrong) > 0 {
				rt.Fatalf("%+v\nasked %+v\nsent %+v\nare shown %q", profiles, asked, sent, wrong)
			}
			if len(body) > len("[]\n") {
				shown[asked.Endpoint.Name]++
			}
		}
	})
	for _, e := range query.Endpoints() {
		if shown[e.Name] == 0 {
			t.Errorf("no caller was shown any %s: the proof is empty", e.Name)
		}
	}
}

// near draws an id of a level: the one that home belongs to, more often than not.
func near(w world, home *leaf, level string) *rapid.Generator[string] {
	own, others := rapid.Just(home.ids[level]), rapid.SampledFrom(append(w.ids(level), "unknown"))
	return rapid.OneOf(own, own, others)
}

// anyProfile is mostly one that grants something.
func anyProfile(provider query.Provider, w world, home *leaf) *rapid.Generator[profile] {
	return rapid.Custom(func(t *rapid.T) profile {
		p := profile{Provider: provider, ResourceType: rapid.SampledFrom(ladder).Draw(t, "type")}
		p.Resources = rapid.OneOf(
			rapid.SliceOfN(near(w, home, p.ResourceType), 1, 3), rapid.SliceOfN(near(w, home, p.ResourceType), 1, 1),
			rapid.SampledFrom([][]string{{"*"}, {"*"}, {}, {"*", home.ids[p.ResourceType]}}),
		).Draw(t, "resources")
		p.Costs = rapid.SliceOfN(rapid.SampledFrom([]string{"distributors", "resellers", "customers", "list"}), 0, 2).Draw(t, "costs")
		slices.Sort(p.Resources)
		return p
	})
}

func anyQuery(t *rapid.T, provider query.Provider, w world, home *leaf) query.Query {
	id := func(level string) string {
		return rapid.OneOf(rapid.Just(""), rapid.Just(""), near(w, home, level)).Draw(t, level)
	}
	p := query.Params{
		Period:        month,
		DistributorID: id("distributors"), ResellerID: id("resellers"), CustomerID: id("customers"), SubscriptionID: id("subscriptions"),
		View: rapid.SampledFrom([]string{"", "", "resellers", "customers", "subscriptions", "distributors", "unknown"}).Draw(t, "view"),
		Cost: rapid.SampledFrom([]string{"", "", "distributors", "resellers", "customers", "list"}).Draw(t, "cost"),
	}
	lists := []*query.Endpoint{query.Usages, query.Usages, query.Customers, query.Resellers} // where most can go wrong
	endpoint := rapid.SampledFrom(slices.Concat(query.Endpoints(), lists)).Draw(t, "endpoint")
	q, err := query.New(endpoint, provider, p, now)
	if err != nil {
		t.Fatal(err)
	}
	return q
}
