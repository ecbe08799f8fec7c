package tenancy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// dependencies lists which rule depends on which assumption of docs/rocket.md about Rocket: what a caller is shown if it does
// not hold. The lax Rocket applies the most specific id alone, and adds a foreign customer's resources; the deaf one
// shows the resellers' prices for any cost. With an honest Rocket all of them hold.
//
// R and C are the caller's own reseller and customer, D the distributor above; C2 is another customer of R. X is a customer
// of another reseller, and XS a subscription there.
var dependencies = []struct {
	rule, profiles, target string
	lax, deaf              string // holds, or leaks
}{
	// Rule 7 filters rows itself: lists of the caller's own level depend on no filter of Rocket's.
	{"one id, its list", "customers C", "customers", "holds", "holds"},
	{"one id, its usages", "customers C", "usages?view=customers&cost=customers", "holds", "leaks"},
	{"several ids, their list", "customers C C2", "customers", "holds", "holds"},
	{"several ids, their usages", "customers C C2", "usages", "holds", "leaks"},
	{"a list, narrowed by what is foreign", "customers C C2", "usages?view=customers&subscription_id=XS", "holds", "holds"},
	{"one reseller, its list", "resellers R", "resellers", "holds", "holds"},
	{"one reseller, its usages", "resellers R", "usages?view=resellers", "holds", "holds"},

	// Rule 4 depends on the filter that it fills in, wherever rows below the level or sums are shown.
	{"one id, its subscriptions", "customers C", "subscriptions", "leaks", "holds"},
	{"one id, its usages by subscription", "customers C", "usages", "leaks", "leaks"},
	{"one id, its total", "customers C", "indicators", "leaks", "leaks"},
	{"one id, its days", "customers C", "by-day", "leaks", "leaks"},
	{"one id, its categories", "customers C", "by-category", "leaks", "leaks"},
	{"one id that is named", "customers C C2", "by-month?customer_id=C", "leaks", "leaks"},
	{"one reseller, its customers", "resellers R", "customers", "leaks", "holds"},
	{"one reseller, usages of its customers", "resellers R", "usages", "leaks", "holds"},
	{"one reseller, its total", "resellers R", "indicators", "leaks", "holds"},
	{"a distributor, usages of its resellers", "distributors D", "usages?view=resellers", "leaks", "holds"},

	// So does everything that a caller may name below the level, since the gateway does not know what belongs to whom.
	{"one reseller, a foreign customer's total", "resellers R", "indicators?customer_id=X", "leaks", "holds"},
	{"one id, a foreign subscription", "customers C", "usages?subscription_id=XS", "leaks", "holds"},
	{"one id, a foreign subscription's days", "customers C", "by-day?subscription_id=XS", "leaks", "holds"},

	// Rule 3 is more than its lowest type if bounds do not overlap: the higher one is a filter like any other.
	{"two types apart", "resellers R;customers X", "customers", "leaks", "holds"},

	// Rule 6 depends on cost alone; a response without filters shows everything to callers that may see it.
	{"all resellers", "resellers *", "indicators", "holds", "holds"},
	{"all customers", "customers *", "indicators", "holds", "leaks"},
	{"all customers' usages", "customers *", "usages", "holds", "leaks"},
}

func TestAssumptions(t *testing.T) {
	honest := connect(t, rocketsim.Options{}, directly)
	lax := connect(t, rocketsim.Options{Lax: true}, directly)
	deaf := connect(t, rocketsim.Options{}, deafToCost)
	for _, provider := range providers {
		w := learn(t, honest, provider)
		names := w.cast(t)
		for _, tt := range dependencies {
			profiles := claim(provider, strings.Split(tt.profiles, ";")...)
			for _, p := range profiles {
				for i, name := range p.Resources {
					p.Resources[i] = names(name)
				}
			}
			target := and(tt.target, "period="+month)
			for _, parameter := range []string{"customer_id=", "subscription_id="} {
				if before, name, ok := strings.Cut(target, parameter); ok {
					name, after, _ := strings.Cut(name, "&")
					target = before + parameter + names(name) + "&" + after
				}
			}
			for _, side := range []struct {
				name   string
				rocket *upstream.Client
				want   string
			}{{"honest", honest, "holds"}, {"lax", lax, tt.lax}, {"deaf", deaf, tt.deaf}} {
				wrong := w.shown(t, side.rocket, profiles, newQuery(t, provider, target))
				if got := map[bool]string{true: "holds", false: "leaks"}[len(wrong) == 0]; got != side.want {
					t.Errorf("%s, %s, %s: %s, want %s: %q", provider, tt.rule, side.name, got, side.want, wrong)
				}
			}
		}
	}
}

// shown returns what is wrong with what a caller is shown in the end.
func (w world) shown(t *testing.T, rocket *upstream.Client, profiles []profile, asked query.Query) []string {
	t.Helper()
	sent, filter, err := parse(t, profiles).Narrow(asked)
	if err != nil {
		t.Fatal(err)
	}
	body, err := rocket.Fetch(t.Context(), &sent, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err = filter.Apply(body); err != nil {
		t.Fatal(err)
	}
	return w.judge(t, profiles, asked, sent, body)
}

// cast assigns the roles of the table to members of the world. Each of them cost something, and is not the customer
// that a lax Rocket adds.
func (w world) cast(t *testing.T) func(name string) string {
	t.Helper()
	dear := slices.DeleteFunc(slices.Clone(w), func(l *leaf) bool { return l.prices["resellers"].actual.Sign() == 0 })
	roles := map[string]string{"*": "*"}
	own := dear[len(dear)-1]
	roles["D"], roles["R"], roles["C"] = own.ids["distributors"], own.ids["resellers"], own.ids["customers"]
	for _, l := range dear {
		switch {
		case l.ids["resellers"] != roles["R"]:
			roles["X"], roles["XS"] = l.ids["customers"], l.ids["subscriptions"]
		case l.ids["customers"] != roles["C"]:
			roles["C2"] = l.ids["customers"]
		}
	}
	return func(name string) string {
		if roles[name] == "" {
			t.Fatalf("no member of the world for role %s", name)
		}
		return roles[name]
	}
}

// deafToCost removes the cost from every request, so that Rocket uses its default.
func deafToCost(rocket http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Filters []struct {
				Key   string `json:"key"`
				Value string `json:"value"`
			} `json:"filters"`
		}
		if !strings.HasSuffix(r.URL.Path, "/auth/login") {
			_ = json.NewDecoder(r.Body).Decode(&request)
			for i := range request.Filters {
				if request.Filters[i].Key == "cost" {
					request.Filters[i].Value = ""
				}
			}
			text, _ := json.Marshal(request)
			r = r.Clone(r.Context())
			r.Body = io.NopCloser(bytes.NewReader(text))
		}
		rocket.ServeHTTP(w, r)
	})
}
