package doctor_test

import (
	"cmp"
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

// azure changes requests for one provider only.
func azure(change func(r *request) (int, string)) proxy {
	return proxy{request: func(r *request) (int, string) {
		if strings.Contains(r.path, "/azure/") {
			return change(r)
		}
		return 0, ""
	}}
}

// worded changes the text of responses.
func worded(pattern, with string) proxy {
	find := regexp.MustCompile(pattern)
	return proxy{response: func(r *request, body string) string {
		if !strings.Contains(r.path, "/azure/") {
			return body
		}
		return find.ReplaceAllString(body, with)
	}}
}

const unusedID = "00000000-0000-4000-8000-00000000d0c7"

// further has what else the Rockets of TestBrokenAssumptions break, or leave nothing to test.
var further = map[string]map[string]doctor.Outcome{
	"costs are text":             {"ids obeyed": doctor.Skipped},
	"nothing costs anything":     {"ids obeyed": doctor.Skipped, "sums": doctor.Skipped},
	"unknown ids are null":       {"empty lists": doctor.Warning},
	"unknown ids are not found":  {"empty lists": doctor.Skipped},
	"the last day costs nothing": {"sums": doctor.Failed},
	"days are free":              {"sums": doctor.Failed},
}

// follows reports whether a check was skipped because it needs the other one, or one that was skipped for it.
func follows(findings map[string]doctor.Finding, name, cause string) bool {
	needed, skipped := strings.CutPrefix(findings[name].Detail, "needs ")
	needed = "azure: " + needed
	return skipped && (needed == cause || follows(findings, needed, cause))
}

// Each Rocket is wrong in one way, at one provider, and one check reports it.
func TestBrokenAssumptions(t *testing.T) {
	rejected := func(*request) (int, string) { return http.StatusBadRequest, "{}" }
	refused := func(*request) (int, string) { return http.StatusForbidden, "{}" }
	where := func(key, value string, then func(*request) (int, string)) proxy {
		return azure(func(r *request) (int, string) {
			if r.get(key) == value {
				return then(r)
			}
			return 0, ""
		})
	}
	respond := func(status int, body string) func(*request) (int, string) {
		return func(*request) (int, string) { return status, body }
	}
	var moments atomic.Int64
	rocket := sim()
	nth := func(n int64, like func(*request) bool, then func(*request) (int, string)) proxy {
		var seen atomic.Int64
		return azure(func(r *request) (int, string) {
			if like(r) && seen.Add(1) == n {
				return then(r)
			}
			return 0, ""
		})
	}
	twoIDs := func(r *request) bool { return r.get("reseller_id") != "" && r.get("customer_id") != "" }
	all := func(r *request) bool {
		ids := r.get("distributor_id") + r.get("reseller_id") + r.get("customer_id") + r.get("subscription_id") +
			r.get("resource_group") + r.get("resource_id")
		return strings.HasSuffix(r.path, "/usages") && r.get("view") == "customers" && ids == ""
	}
	for name, tt := range map[string]struct {
		rocket         proxy
		check          string
		outcome        doctor.Outcome
		detail, advice string
	}{
		"a filter is ignored": {
			azure(func(r *request) (int, string) { *r.at("reseller_id") = ""; return 0, "" }),
			"filters together", doctor.Failed, "which it does not belong to, has 1 row", "do not keep the rest from them",
		},
		"two filters have no rows": {
			nth(1, twoIDs, respond(http.StatusOK, "[]")),
			"filters together", doctor.Failed, "has no rows", "parent_id",
		},
		"parents are no resellers": {
			worded(`"parent_id":"\d+"`, `"parent_id":"x"`),
			"filters together", doctor.OK, "a subscription has its own row with its own customer", "",
		},
		"what does not belong together is refused": {nth(2, twoIDs, refused), "filters together", doctor.OK, "none with another", ""},
		"one of two filters fails":                 {nth(2, twoIDs, respond(500, "{}")), "filters together", doctor.Failed, "500", "try again"},
		"the other of two filters fails":           {nth(1, twoIDs, respond(500, "{}")), "filters together", doctor.Failed, "500", "try again"},
		"cost is ignored": {
			azure(func(r *request) (int, string) { *r.at("cost") = "resellers"; return 0, "" }),
			"cost levels", doctor.Warning, "makes no difference", "markup",
		},
		"costs are the other way round": {
			azure(func(r *request) (int, string) {
				turned := map[string]string{"distributors": "customers", "resellers": "resellers", "customers": "distributors"}
				*r.at("cost") = turned[r.get("cost")]
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
		"a row of another type is among them": {
			rowsOf("resellers", func(rows []string) []string {
				if len(rows) == 0 {
					return nil
				}
				other := strings.NewReplacer(`"resource_type":"resellers"`, `"resource_type":"customers"`, `"id":"`, `"id":"0`)
				return append(rows, other.Replace(rows[0]))
			}),
			"views", doctor.Failed, `view=resellers has rows of the type "customers"`, "report",
		},
		"a row is there twice": {
			rowsOf("subscriptions", func(rows []string) []string { return append(rows, rows[:min(len(rows), 1)]...) }),
			"unique ids", doctor.Failed, "view=subscriptions has several rows with the id", "cannot be distinguished",
		},
		"a view is refused": {where("view", "subscriptions", rejected), "views", doctor.Warning, "view=subscriptions", "nothing"},
		"no filter is refused": {
			where("invoice_type", "", rejected), "omitted filters", doctor.Warning, "refuses a query without invoice_type", "nothing",
		},
		"a query without filters fails": {where("invoice_type", "", respond(500, "{}")), "omitted filters", doctor.Failed, "500", "try again"},
		"a query without filters has a part": {
			where("invoice_type", "", respond(http.StatusOK, `{"actual":1,"last":1}`)), "omitted filters", doctor.Failed, "lower", "a part of it",
		},
		"there is one invoice type": {
			azure(func(r *request) (int, string) {
				names := map[string]string{"1": "", "2": "none"} // all costs are of the type 1
				if name, ok := names[r.get("invoice_type")]; ok {
					r.set("invoice_type", name)
				}
				return 0, ""
			}),
			"omitted filters", doctor.OK, "the same", "",
		},
		"the last day is left out": {
			where("end_time", "2026-04-30", func(r *request) (int, string) {
				if r.get("start_time") == r.get("end_time") {
					return http.StatusOK, "[]"
				}
				*r.at("end_time") = "2026-04-29"
				return 0, ""
			}),
			"inclusive ends", doctor.Failed, "the last day is missing", "months lack a day",
		},
		"a day alone is empty": {
			where("start_time", "2026-04-30", respond(http.StatusOK, "[]")),
			"inclusive ends", doctor.Failed, "2026-04-30 alone has no costs", "months lack a day",
		},
		"a day alone fails": {where("start_time", "2026-04-30", respond(500, "{}")), "inclusive ends", doctor.Failed, "500", "try again"},
		"the day after counts": {
			where("start_time", "2026-04-30", func(r *request) (int, string) { *r.at("end_time") = "2026-05-01"; return 0, "" }),
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
			where("customer_id", unusedID, respond(http.StatusNotFound, "{}")), "unknown id", doctor.Warning, "status 404", "nothing",
		},
		"unknown ids are null": {where("customer_id", unusedID, respond(http.StatusOK, "null")), "unknown id", doctor.OK, "has no rows", ""},
		"unknown ids are a fault": {
			where("customer_id", unusedID, respond(http.StatusInternalServerError, "{}")), "unknown id", doctor.Failed, "500", "try again",
		},
		"the second response fails": {nth(3, all, respond(500, "{}")), "same response", doctor.Failed, "500", "try again"},
		"responses change": {
			proxy{response: func(r *request, body string) string {
				if !strings.HasSuffix(r.path, "/azure/usages") {
					return body
				}
				return strings.Replace(body, `"leaf":false`, fmt.Sprintf(`"leaf":false,"moment":%d`, moments.Add(1)), 1)
			}},
			"same response", doctor.Warning, "another response", "must not be cached",
		},
		"rows are in any order": {
			proxy{response: func(r *request, body string) string {
				if !strings.HasSuffix(r.path, "/azure/usages") {
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
				if tt.check == "cost levels" && other == "azure: omitted filters" {
					continue // both read the same total
				}
				wanted := cmp.Or(further[name][strings.TrimPrefix(other, "azure: ")], doctor.OK)
				if f := findings[other]; other != "azure: "+tt.check && f.Outcome != wanted && !follows(findings, other, "azure: "+tt.check) {
					t.Errorf("another check is affected: %+v", f)
				}
			}
		})
	}
}

// rowsOf changes the rows of usages in a view.
func rowsOf(view string, change func(rows []string) []string) proxy {
	return proxy{response: func(r *request, body string) string {
		if !strings.HasSuffix(r.path, "/azure/usages") || r.get("view") != view {
			return body
		}
		return "[" + strings.Join(change(split(body)), ",") + "]"
	}}
}

// split returns the rows of a list of usages.
func split(body string) []string { return regexp.MustCompile(`\{"id".*?\}\}`).FindAllString(body, -1) }

// turned rotates the rows of a list.
func turned(body string, by int) string {
	rows := split(body)
	if len(rows) > 1 {
		by %= len(rows)
		rows = slices.Concat(rows[by:], rows[:by])
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// of leaves one reseller in the world of each provider.
func of(resellers map[string]string) proxy {
	return proxy{request: func(r *request) (int, string) {
		own := resellers[strings.Split(r.path, "/")[4]]
		if id := r.get("reseller_id"); id != "" && id != own {
			return http.StatusForbidden, "{}"
		}
		r.set("reseller_id", own)
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

// With only one reseller, no query can name a customer and another reseller, but one can name a subscription and another customer.
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

// Before there are any costs every query succeeds, and no assumption can be tested.
func TestMonthWithoutCosts(t *testing.T) {
	o := options(t, serve(t, sim()))
	o.Now = func() time.Time { return time.Date(2020, 5, 15, 0, 0, 0, 0, time.UTC) }
	findings := examine(t, o)
	want(t, findings, doctor.Failed)
	for _, name := range everywhere(
		"filters together", "cost levels", "views", "omitted filters", "inclusive ends", "empty filters", "case of ids", "ids obeyed",
		"ids together", "sums", "beginning of days",
	) {
		if findings[name].Outcome != doctor.Skipped {
			t.Errorf("%+v", findings[name])
		}
	}
}
