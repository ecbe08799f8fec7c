package tenancy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Rule 6, for callers whose profiles list no costs.
var prices = []struct{ profiles, granted string }{
	{"customers c1", "customers"},
	{"customers *", "customers"},
	{"resellers r1", "resellers customers"},
	{"resellers *", "resellers customers"},
	{"distributors d1", "distributors resellers customers"},
	{"distributors *", "distributors resellers customers list Customers *"},
	{"resellers r1; customers c1", "customers"},
	{"distributors *; customers c1", "customers"},
	{"distributors *; resellers r1", "resellers customers"},
}

func TestPrices(t *testing.T) {
	for _, tt := range prices {
		p := parse(t, claim(query.Azure, strings.Split(tt.profiles, ";")...))
		for _, cost := range []string{"distributors", "resellers", "customers", "list", "Customers", "*"} {
			for _, e := range query.Endpoints() {
				if e == query.Resellers && strings.Contains(tt.profiles, "customers") {
					continue
				}
				q, _, err := p.Narrow(newQuery(t, query.Azure, e.Name+"?cost="+cost))
				granted := slices.Contains(strings.Fields(tt.granted), cost)
				if word, _ := outcome(err); (word == "granted") != granted || granted && q.Cost != cost {
					t.Errorf("%s, %s at %s: %s", tt.profiles, e.Name, cost, word)
				}
			}
		}
	}
}

// A listed cost holds for what the profiles that list it grant, and for nothing else.
func TestListedPrices(t *testing.T) {
	granting := func(text, costs string) profile {
		p := claim(query.AWS, text)[0]
		p.Costs = strings.Fields(costs)
		return p
	}
	for name, tt := range map[string]struct {
		profiles []profile
		granted  []string
		refused  []string
	}{
		"one profile": {
			profiles: []profile{granting("customers c1", "resellers list")},
			granted:  []string{"indicators?cost=resellers", "usages?cost=list&customer_id=c1", "customers?cost=customers"},
			refused:  []string{"indicators?cost=distributors", "indicators?cost=List"},
		},
		"one of two profiles of a type": {
			profiles: []profile{granting("customers c1 c2", "resellers"), granting("customers c3", "")},
			granted:  []string{"indicators?cost=resellers&customer_id=c1", "usages?cost=resellers&customer_id=c2", "customers"},
			refused:  []string{"indicators?cost=resellers&customer_id=c3", "customers?cost=resellers", "usages?cost=resellers"},
		},
		"both of two profiles of a type": {
			profiles: []profile{granting("customers c1", "resellers"), granting("customers c2", "list resellers")},
			granted:  []string{"indicators?cost=resellers&customer_id=c1", "customers?cost=resellers", "usages?cost=resellers"},
			refused:  []string{"customers?cost=list", "indicators?cost=list&customer_id=c1"},
		},
		"all customers, and a price for one": {
			profiles: []profile{granting("customers *", ""), granting("customers c1", "resellers")},
			granted:  []string{"indicators?cost=resellers&customer_id=c1"},
			refused:  []string{"indicators?cost=resellers&customer_id=c2", "indicators?cost=resellers", "usages?cost=resellers"},
		},
		"one customer, and a price for all": {
			profiles: []profile{granting("customers c1", ""), granting("customers *", "resellers")},
			granted:  []string{"indicators?cost=resellers", "indicators?cost=resellers&customer_id=c2"},
		},
		"of two types, the one that need not list it": {
			profiles: []profile{granting("resellers r1", ""), granting("customers c1", "resellers")},
			granted:  []string{"indicators?cost=resellers"},
		},
		"of two types, one of both that must": {
			profiles: []profile{granting("resellers r1", ""), granting("customers c1", "distributors list")},
			refused:  []string{"indicators?cost=distributors", "indicators?cost=list"},
		},
		"of two types, the wrong one": {
			profiles: []profile{granting("resellers r1", "resellers distributors"), granting("customers c1", "")},
			refused:  []string{"indicators?cost=resellers", "indicators?cost=distributors"},
		},
		"of two types, both": {
			profiles: []profile{granting("resellers r1", "list"), granting("customers c1", "list")},
			granted:  []string{"indicators?cost=list"},
		},
		"below all distributors": {
			profiles: []profile{granting("distributors *", ""), granting("resellers r1", "list")},
			granted:  []string{"indicators?cost=list"},
			refused:  []string{"indicators?cost=distributors"},
		},
		"a profile that grants nothing lists nothing": {
			profiles: []profile{granting("customers c1", ""), granting("customers", "resellers")},
			refused:  []string{"indicators?cost=resellers"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, tt.profiles)
			for _, target := range tt.granted {
				if _, _, err := p.Narrow(newQuery(t, query.AWS, target)); err != nil {
					t.Errorf("%s: %v", target, err)
				}
			}
			for _, target := range tt.refused {
				_, _, err := p.Narrow(newQuery(t, query.AWS, target))
				if word, _ := outcome(err); word != "403" {
					t.Errorf("%s: %s", target, word)
				}
			}
		})
	}
}

// Rule 5: views, by level. They are the same on every endpoint.
func TestViews(t *testing.T) {
	all := []string{"distributors", "resellers", "customers", "subscriptions", "resource_groups", "resources", "nonsense"}
	for profiles, granted := range map[string]string{
		"customers c1":                 "customers subscriptions",
		"customers *":                  "customers subscriptions",
		"resellers r1; customers c1":   "customers subscriptions",
		"distributors *; customers c1": "customers subscriptions",
		"resellers r1":                 "resellers customers subscriptions",
		"distributors *; resellers *":  "resellers customers subscriptions",
		"distributors d1":              "resellers customers subscriptions",
		"distributors *":               strings.Join(all, " "),
	} {
		p := parse(t, claim(query.Azure, strings.Split(profiles, ";")...))
		for _, view := range all {
			for _, e := range query.Endpoints() {
				if e == query.Resellers && strings.Contains(profiles, "customers") {
					continue
				}
				q, _, err := p.Narrow(newQuery(t, query.Azure, e.Name+"?view="+view))
				want := slices.Contains(strings.Fields(granted), view)
				if word, _ := outcome(err); (word == "granted") != want || want && q.View != view {
					t.Errorf("%s, %s by %s: %s", profiles, e.Name, view, word)
				}
			}
		}
	}
}
