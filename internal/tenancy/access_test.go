package tenancy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

func TestAccess(t *testing.T) {
	costly := claim(query.Azure, "customers c2 c1")
	costly[0].Costs = []string{"resellers", "list", "a"}
	part := append(claim(query.Azure, "customers c3"), costly...)
	below := []string{"customers", "subscriptions"}
	known := []string{"resellers", "customers", "subscriptions"}
	for name, tt := range map[string]struct {
		profiles []profile
		want     tenancy.Access
	}{
		"a customer": {
			claim(query.Azure, "customers c1"),
			tenancy.Access{
				Level: "customers", Bounds: []tenancy.Bound{{Type: "customers", IDs: []string{"c1"}}}, Views: below, Costs: []string{"customers"},
				Distributors: []string{""}, Resellers: []string{""},
			},
		},
		"listed costs": {
			costly,
			tenancy.Access{
				Level: "customers", Bounds: []tenancy.Bound{{Type: "customers", IDs: []string{"c1", "c2"}}}, Views: below,
				Costs: []string{"resellers", "customers", "a", "list"}, Distributors: []string{""}, Resellers: []string{""},
			},
		},
		"costs listed for some": {
			part,
			tenancy.Access{
				Level: "customers", Bounds: []tenancy.Bound{{Type: "customers", IDs: []string{"c1", "c2", "c3"}}}, Views: below,
				Costs: []string{"customers"}, Distributors: []string{""}, Resellers: []string{""},
			},
		},
		"a reseller's customers": {
			claim(query.Azure, "customers *", "resellers r1"),
			tenancy.Access{
				Level:  "customers",
				Bounds: []tenancy.Bound{{Type: "resellers", IDs: []string{"r1"}}, {Type: "customers", All: true}},
				Views:  below, Costs: []string{"customers"}, Distributors: []string{""}, Resellers: []string{"r1"},
			},
		},
		"resellers": {
			claim(query.Azure, "resellers r1 r2"),
			tenancy.Access{
				Level: "resellers", Bounds: []tenancy.Bound{{Type: "resellers", IDs: []string{"r1", "r2"}}}, Views: known,
				Costs: []string{"resellers", "customers"}, Distributors: []string{""}, Resellers: []string{"r1", "r2", ""},
			},
		},
		"all distributors": {
			claim(query.Azure, "distributors *"),
			tenancy.Access{
				Level: "distributors", Bounds: []tenancy.Bound{{Type: "distributors", All: true}}, Views: known,
				Costs: []string{"distributors", "resellers", "customers"},
			},
		},
	} {
		if diff := cmp.Diff(tt.want, parse(t, tt.profiles).Access(query.Azure)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// A caller that is denied a provider reads the reason that a query would get, and nothing else.
func TestAccessThatIsDenied(t *testing.T) {
	for _, profiles := range []string{"customers", "licences l1", "customers c1;resellers"} {
		p := parse(t, claim(query.Azure, strings.Split(profiles, ";")...))
		if diff := cmp.Diff(tenancy.Access{Denied: wantForbidden(t, p, "customers")}, p.Access(query.Azure)); diff != "" {
			t.Errorf("%s: %s", profiles, diff)
		}
	}
}

// Access lists what Narrow grants: no more, and of the known words no less.
func TestAccessIsWhatIsGranted(t *testing.T) {
	for _, caller := range callers {
		p := parse(t, claim(query.Azure, caller.profile))
		r := p.Access(query.Azure)
		own := "indicators?" + caller.parameter + "=" + strings.Fields(caller.profile)[1]
		for parameter, offered := range map[string][]string{"view": r.Views, "cost": r.Costs} {
			for _, word := range []string{"distributors", "resellers", "customers", "subscriptions", "list"} {
				_, _, err := p.Narrow(newQuery(t, query.Azure, own+"&"+parameter+"="+word))
				got, _ := outcome(err)
				if isOffered := strings.Contains(" "+strings.Join(offered, " ")+" ", " "+word+" "); isOffered && got != "granted" ||
					!isOffered && got == "granted" && caller.name != "D*" {
					t.Errorf("%s, %s=%s: offered %v, %s", caller.name, parameter, word, isOffered, got)
				}
			}
		}
	}
}

// Access has the ids of narrowed queries: no others are in any, and each is in one.
func TestAccessHasTheIDsOfNarrowedQueries(t *testing.T) {
	ids := map[string][]string{"distributor_id": {"", "d1", "d2", "d3"}, "reseller_id": {"", "r1", "r2", "r3"}, "customer_id": {"", "c1"}}
	for _, profiles := range []string{
		"distributors *", "distributors d1", "distributors d1 d2", "resellers *", "resellers r1", "resellers r1 r2", "customers *",
		"customers c1",
		"distributors d1 d2;resellers r1 r2", "distributors *;resellers r1", "distributors d1;customers *", "resellers r1 r2;customers c1",
		"resellers *;customers c1", "distributors d1 d2;resellers *;customers c1 c2",
	} {
		p := parse(t, claim(query.Azure, strings.Split(profiles, ";")...))
		a := p.Access(query.Azure)
		seen := map[string]bool{}
		for _, path := range []string{"usages?", "usages?view=resellers&", "resellers?", "customers?", "by-day?"} {
			for _, d := range ids["distributor_id"] {
				for _, r := range ids["reseller_id"] {
					for _, c := range ids["customer_id"] {
						q, _, err := p.Narrow(newQuery(t, query.Azure, path+"distributor_id="+d+"&reseller_id="+r+"&customer_id="+c))
						if err == nil {
							seen["d"+q.DistributorID], seen["r"+q.ResellerID] = true, true
						}
					}
				}
			}
		}
		for parameter, named := range map[string][]string{"distributor_id": a.Distributors, "reseller_id": a.Resellers} {
			for _, id := range ids[parameter] {
				if want := seen[parameter[:1]+id]; want != (named == nil || slices.Contains(named, id)) {
					t.Errorf("%s: %s=%q is in a narrowed query: %v; Access has %q", profiles, parameter, id, want, named)
				}
			}
		}
	}
}
