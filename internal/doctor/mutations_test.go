package doctor_test

import (
	"net/http"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// mutations has, for each assumption that the simulator can break, the check that notices it.
var mutations = map[string]struct {
	check   string
	outcome doctor.Outcome
}{
	"all-invoice-types-are-one":    {"omitted filters", doctor.Failed},
	"all-invoice-types-are-two":    {"omitted filters", doctor.Failed},
	"catalog-ignored":              {"omitted filters", doctor.Failed},
	"choice-repeated":              {"unique ids", doctor.Failed},
	"cost-ignored":                 {"cost levels", doctor.Warning}, // or no level has a markup
	"cost-ignored-by-breakdowns":   {"cost levels", doctor.Failed},
	"cost-reversed":                {"cost levels", doctor.Failed},
	"day-begins-earlier":           {"beginning of days", doctor.Failed},
	"days-differ":                  {"sums", doctor.Failed},
	"empty-filter-matches-nothing": {"empty filters", doctor.Failed},
	"empty-list-is-null":           {"empty lists", doctor.Warning}, // which the gateway is ready for
	"end-excluded":                 {"inclusive ends", doctor.Failed},
	"filters-most-specific":        {"filters together", doctor.Failed},
	"ids-ignored-by-breakdowns":    {"ids obeyed", doctor.Failed},
	"ids-ignored-by-indicators":    {"ids obeyed", doctor.Failed},
	"ids-ignored-by-pickers":       {"ids obeyed", doctor.Failed},
	"ids-in-any-case":              {"case of ids", doctor.Failed},
	"indicators-differ":            {"sums", doctor.Failed},
	"invoice-type-ignored":         {"omitted filters", doctor.Failed},
	"lists-paged":                  {"paging", doctor.Failed},
	"pickers-paged":                {"paging", doctor.Failed},
	"reseller-ignored-by-tags":     {"ids together", doctor.Failed},
	"response-never-twice":         {"same response", doctor.Warning}, // or Rocket has new data
	"row-repeated":                 {"unique ids", doctor.Failed},
	"rows-contain-others":          {"views", doctor.Failed},
	"rows-of-two-types":            {"views", doctor.Failed},
	"start-excluded":               {"inclusive ends", doctor.Failed},
	"usages-paged":                 {"paging", doctor.Failed},
	"unknown-id-ignored":           {"unknown id", doctor.Failed},
}

func TestEveryAssumptionHasAMutation(t *testing.T) {
	broken := map[string]bool{}
	for _, m := range mutations {
		broken[m.check] = true
	}
	for _, name := range assumptions {
		if !broken[name] {
			t.Errorf("no simulator breaks %s", name)
		}
	}
}

// An account that Rocket refuses cost=customers is tested at the default prices.
func TestIDsIgnoredWhereACostIsRefused(t *testing.T) {
	refuse := proxy{request: func(r *request) (int, string) {
		if r.get("cost") == "customers" {
			return http.StatusForbidden, "{}"
		}
		return 0, ""
	}}
	mutated := sim(func(o *rocketsim.Options) { o.Mutation = "ids-ignored-by-breakdowns" })
	findings := examine(t, options(t, serve(t, refuse.before(mutated))))
	want(t, findings, doctor.Failed, everywhere("ids obeyed")...)
	wantFinding(t, findings["gcp: ids obeyed"], doctor.Failed, "by-day, by-month, by-publisher, by-category, by-tag", "serve no callers")
}

// Each Rocket breaks one assumption at all providers. The check of that assumption notices it, and no other has a complaint.
func TestMutations(t *testing.T) {
	for _, name := range rocketsim.Mutations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rocket := rocketsim.New(rocketsim.Options{
				Username: username, Password: password, Customers: 27, Now: frozen, Mutation: name,
			})
			findings := examine(t, options(t, serve(t, dated(rocket, now))))
			wanted := everywhere(mutations[name].check)
			if name == "ids-in-any-case" {
				wanted = wanted[:0:0]
				for _, p := range []query.Provider{query.Azure, query.GCP} { // the ids of aws have no letters
					wanted = append(wanted, string(p)+": case of ids")
				}
			}
			for _, outcome := range []doctor.Outcome{doctor.Failed, doctor.Warning} {
				if outcome == mutations[name].outcome {
					want(t, findings, outcome, wanted...)
				} else {
					want(t, findings, outcome)
				}
			}
			if perProvider := rocket.Counts().Total() / 3; perProvider > maxQueries {
				t.Errorf("%d queries for each provider", perProvider)
			}
		})
	}
}
