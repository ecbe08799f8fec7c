package doctor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// azure leaves the other providers out, which are as the stand-in has them.
func azure(question func(a *asked) (int, string)) between {
	return between{question: func(a *asked) (int, string) {
		if strings.Contains(a.path, "/azure/") {
			return question(a)
		}
		return 0, ""
	}}
}

// worded changes what is answered.
func worded(pattern, with string) between {
	find := regexp.MustCompile(pattern)
	return between{answer: func(a *asked, body string) string {
		if !strings.Contains(a.path, "/azure/") {
			return body
		}
		return find.ReplaceAllString(body, with)
	}}
}

const nobody = "00000000-0000-4000-8000-00000000d0c7"

// Each Rocket is wrong in one way, at one provider, and one check says so.
func TestBrokenAssumptions(t *testing.T) {
	rejected := func(*asked) (int, string) { return http.StatusBadRequest, "{}" }
	refused := func(*asked) (int, string) { return http.StatusForbidden, "{}" }
	where := func(key, value string, then func(*asked) (int, string)) between {
		return azure(func(a *asked) (int, string) {
			if a.get(key) == value {
				return then(a)
			}
			return 0, ""
		})
	}
	says := func(status int, body string) func(*asked) (int, string) {
		return func(*asked) (int, string) { return status, body }
	}
	var moments atomic.Int64
	rocket := sim()
	nth := func(n int64, like func(*asked) bool, then func(*asked) (int, string)) between {
		var seen atomic.Int64
		return azure(func(a *asked) (int, string) {
			if like(a) && seen.Add(1) == n {
				return then(a)
			}
			return 0, ""
		})
	}
	twoIDs := func(a *asked) bool { return a.get("reseller_id") != "" && a.get("customer_id") != "" }
	all := func(a *asked) bool {
		return strings.HasSuffix(a.path, "/usages") && a.get("view") == "customers" && a.get("customer_id") == ""
	}
	for name, tt := range map[string]struct {
		rocket         between
		check          string
		outcome        doctor.Outcome
		detail, advice string
	}{
		"a filter is not heard": {
			azure(func(a *asked) (int, string) { *a.at("reseller_id") = ""; return 0, "" }),
			"filters together", doctor.Failed, "which is not its own, has 1 row", "do not keep the rest from them",
		},
		"two filters give nothing": {
			nth(1, twoIDs, says(http.StatusOK, "[]")),
			"filters together", doctor.Failed, "has no rows", "parent_id",
		},
		"parents are no resellers": {
			worded(`"parent_id":"\d+"`, `"parent_id":"x"`),
			"filters together", doctor.OK, "a subscription has its own row with its own customer", "",
		},
		"what does not belong together is refused": {nth(2, twoIDs, refused), "filters together", doctor.OK, "none with another", ""},
		"one of two filters fails":                 {nth(2, twoIDs, says(500, "{}")), "filters together", doctor.Failed, "500", "try again"},
		"the other of two filters fails":           {nth(1, twoIDs, says(500, "{}")), "filters together", doctor.Failed, "500", "try again"},
		"cost is not heard": {
			azure(func(a *asked) (int, string) { *a.at("cost") = "resellers"; return 0, "" }),
			"cost levels", doctor.Warning, "makes no difference", "markup",
		},
		"costs are the other way round": {
			azure(func(a *asked) (int, string) {
				turned := map[string]string{"distributors": "customers", "resellers": "resellers", "customers": "distributors"}
				*a.at("cost") = turned[a.get("cost")]
				return 0, ""
			}),
			"cost levels", doctor.Failed, "cost=distributors shows more than cost=resellers", "prices of another level",
		},
		"a level is refused":     {where("cost", "distributors", refused), "cost levels", doctor.OK, "refuses the account cost=distributors", ""},
		"another level is too":   {where("cost", "customers", rejected), "cost levels", doctor.OK, "refuses the account cost=customers", ""},
		"nothing costs anything": {worded(`"actual":[\d.]+`, `"actual":0`), "cost levels", doctor.Skipped, "no costs", ""},
		"costs are text":         {worded(`"actual":([\d.]+)`, `"actual":"$1"`), "cost levels", doctor.Failed, "members", "report"},
		"rows are of another type": {
			worded(`"resource_type":"subscriptions"`, `"resource_type":"subscription"`),
			"views", doctor.Failed, `view=subscriptions has rows of the type "subscription"`, "report",
		},
		"a view is refused": {where("view", "subscriptions", rejected), "views", doctor.Warning, "view=subscriptions", "nothing"},
		"the last day is left out": {
			where("end_time", "2026-04-30", func(a *asked) (int, string) {
				if a.get("start_time") == a.get("end_time") {
					return http.StatusOK, "[]"
				}
				*a.at("end_time") = "2026-04-29"
				return 0, ""
			}),
			"inclusive ends", doctor.Failed, "the last day is missing", "months lack a day",
		},
		"a day alone is empty": {
			where("start_time", "2026-04-30", says(http.StatusOK, "[]")),
			"inclusive ends", doctor.Failed, "2026-04-30 alone has no costs", "months lack a day",
		},
		"a day alone fails": {where("start_time", "2026-04-30", says(500, "{}")), "inclusive ends", doctor.Failed, "500", "try again"},
		"the day after counts": {
			where("start_time", "2026-04-30", func(a *asked) (int, string) { *a.at("end_time") = "2026-05-01"; return 0, "" }),
			"inclusive ends", doctor.Failed, "other costs", "one too many",
		},
		"the last day costs nothing": {
			worded(`("label":"2026-04-30","value":)[\d.]+`, `${1}0`),
			"inclusive ends", doctor.OK, "alone has the same costs", "",
		},
		"days have numbers alone": {worded(`"label":"2026-04-(\d\d)"`, `"label":"$1"`), "inclusive ends", doctor.Skipped, "no days", ""},
		"days have hours":         {worded(`"label":"(2026-04-\d\d)"`, `"label":"${1}T00:00:00Z"`), "inclusive ends", doctor.OK, "the same", ""},
		"days are free":           {worded(`"value":[\d.]+`, `"value":0`), "inclusive ends", doctor.Skipped, "no costs", ""},
		"unknown ids are not found": {
			where("customer_id", nobody, says(http.StatusNotFound, "{}")), "unknown id", doctor.Warning, "status 404", "nothing",
		},
		"unknown ids are null":    {where("customer_id", nobody, says(http.StatusOK, "null")), "unknown id", doctor.OK, "has no rows", ""},
		"unknown ids are a fault": {where("customer_id", nobody, says(http.StatusInternalServerError, "{}")), "unknown id", doctor.Failed, "500", "try again"},
		"the second answer fails": {nth(2, all, says(500, "{}")), "same response", doctor.Failed, "500", "try again"},
		"answers change": {
			between{answer: func(a *asked, body string) string {
				if !strings.HasSuffix(a.path, "/azure/usages") {
					return body
				}
				return strings.Replace(body, `"leaf":false`, fmt.Sprintf(`"leaf":false,"moment":%d`, moments.Add(1)), 1)
			}},
			"same response", doctor.Warning, "another response", "must not be cached",
		},
		"answers are in any order": {
			between{answer: func(a *asked, body string) string {
				if !strings.HasSuffix(a.path, "/azure/usages") {
					return body
				}
				return turned(body, int(moments.Add(1)))
			}},
			"same response", doctor.OK, "in other words or order", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			findings := examine(t, options(t, serve(t, tt.rocket.before(rocket))))
			wantFinding(t, findings["azure: "+tt.check], tt.outcome, tt.detail, tt.advice)
			for _, other := range everywhere(assumptions...) {
				if f := findings[other]; other != "azure: "+tt.check && f.Outcome != doctor.OK {
					t.Errorf("this has nothing to do with it: %+v", f)
				}
			}
		})
	}
}

// turned rotates the rows of a list.
func turned(body string, by int) string {
	rows := regexp.MustCompile(`\{"id".*?\}\}`).FindAllString(body, -1)
	if len(rows) > 1 {
		by %= len(rows)
		rows = slices.Concat(rows[by:], rows[:by])
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// of leaves one reseller in the world of each provider.
func of(resellers map[string]string) between {
	return between{question: func(a *asked) (int, string) {
		own := resellers[strings.Split(a.path, "/")[4]]
		if id := a.get("reseller_id"); id != "" && id != own {
			return http.StatusForbidden, "{}"
		}
		*a.at("reseller_id") = own
		return 0, ""
	}}
}

func anyReseller(t *testing.T, base string, provider query.Provider) string {
	t.Helper()
	q, err := query.New(query.Resellers, provider, query.Params{Period: "previous"}, now)
	if err != nil {
		t.Fatal(err)
	}
	q = q.Complete()
	body, err := options(t, base).Rocket.Fetch(t.Context(), &q, nil)
	var rows []struct{ Value string }
	if err != nil || json.Unmarshal(body, &rows) != nil || len(rows) == 0 {
		t.Fatal(err, string(body))
	}
	return rows[0].Value
}

// With one reseller alone a customer cannot be asked for with another's, but a subscription can with another customer.
func TestFiltersOfAResellersAccount(t *testing.T) {
	base := serve(t, sim())
	own := map[string]string{}
	for _, p := range []query.Provider{query.Azure, query.AWS, query.GCP} {
		own[string(p)] = anyReseller(t, base, p)
	}
	findings := examine(t, options(t, serve(t, of(own).before(sim()))))
	want(t, findings, doctor.Failed)
	wantFinding(t, findings["azure: filters together"], doctor.OK, "a subscription has its own row with its own customer", "")
	findings = examine(t, options(t, serve(t, of(own).before(sim(lax)))))
	wantFinding(t, findings["azure: filters together"], doctor.Failed, "of others", "do not keep the rest from them")
}

// Ids that callers could not name either.
func TestIDsThatAreNotValidHere(t *testing.T) {
	strange := worded(`"id":"`, `"id":"\u0001`)
	findings := examine(t, options(t, serve(t, strange.before(sim()))))
	want(t, findings, doctor.Failed, "azure: filters together", "azure: views")
	wantFinding(t, findings["azure: views"], doctor.Failed, "not valid here", "report")
}

func TestFiltersWithOneCustomerAlone(t *testing.T) {
	findings := examine(t, options(t, serve(t, sim(func(o *rocketsim.Options) { o.Customers = 1 }))))
	for _, name := range everywhere("filters together") {
		wantFinding(t, findings[name], doctor.Skipped, "too few customers", "")
	}
}

// Before there were any costs everything is answered, and nothing can be tried.
func TestMonthWithoutCosts(t *testing.T) {
	o := options(t, serve(t, sim()))
	o.Now = func() time.Time { return time.Date(2020, 5, 15, 0, 0, 0, 0, time.UTC) }
	findings := examine(t, o)
	want(t, findings, doctor.Failed)
	for _, name := range everywhere("filters together", "cost levels", "views", "inclusive ends") {
		if findings[name].Outcome != doctor.Skipped {
			t.Errorf("%+v", findings[name])
		}
	}
}
