package tenancy_test

import (
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
			tenancy.Access{Level: "customers", Bounds: []tenancy.Bound{{Type: "customers", IDs: []string{"c1"}}}, Views: below, Costs: []string{"customers"}},
		},
		"listed costs": {
			costly,
			tenancy.Access{
				Level: "customers", Bounds: []tenancy.Bound{{Type: "customers", IDs: []string{"c1", "c2"}}}, Views: below,
				Costs: []string{"resellers", "customers", "a", "list"},
			},
		},
		"costs listed for some": {
			part,
			tenancy.Access{
				Level: "customers", Bounds: []tenancy.Bound{{Type: "customers", IDs: []string{"c1", "c2", "c3"}}}, Views: below,
				Costs: []string{"customers"},
			},
		},
		"a reseller's customers": {
			claim(query.Azure, "customers *", "resellers r1"),
			tenancy.Access{
				Level:  "customers",
				Bounds: []tenancy.Bound{{Type: "resellers", IDs: []string{"r1"}}, {Type: "customers", All: true}},
				Views:  below, Costs: []string{"customers"},
			},
		},
		"resellers": {
			claim(query.Azure, "resellers r1 r2"),
			tenancy.Access{
				Level: "resellers", Bounds: []tenancy.Bound{{Type: "resellers", IDs: []string{"r1", "r2"}}}, Views: known,
				Costs: []string{"resellers", "customers"},
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
