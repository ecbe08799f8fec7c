package tenancy_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// callers are the columns of the tables below. Each has profiles of one type.
var callers = []struct {
	name, profile, parameter string
}{
	{"D1", "distributors d1", "distributor_id"},
	{"D2", "distributors d1 d2", "distributor_id"},
	{"D*", "distributors *", "distributor_id"},
	{"R1", "resellers r1", "reseller_id"},
	{"R2", "resellers r1 r2", "reseller_id"},
	{"R*", "resellers *", "reseller_id"},
	{"C1", "customers c1", "customer_id"},
	{"C2", "customers c1 c2", "customer_id"},
	{"C*", "customers *", "customer_id"},
}

// A cell is what Narrow does with the query: it passes as it is, an id is filled in, its response is filtered, or both; then the
// view (Resellers, Customers or Subscriptions) and the cost (resellers or customers) that it bears. Or the caller must
// choose an id first, or is refused.

// noneNamed are queries that name no id.
const noneNamed = `
                          | D1      | D2     | D*      | R1             | R2        | R*      | C1             | C2        | C*
usages                    | fill Cr | choose | pass Cr | fill Cr        | choose    | pass Cr | fill Sc        | filter Cc | pass Cc
usages?view=resellers     | fill Rr | choose | pass Rr | fill+filter Rr | filter Rr | pass Rr | 403            | 403       | 403
usages?view=customers     | fill Cr | choose | pass Cr | fill Cr        | choose    | pass Cr | fill+filter Cc | filter Cc | pass Cc
usages?view=subscriptions | fill Sr | choose | pass Sr | fill Sr        | choose    | pass Sr | fill Sc        | choose    | pass Sc
customers                 | fill Cr | choose | pass Cr | fill Cr        | choose    | pass Cr | fill+filter Cc | filter Cc | pass Cc
subscriptions             | fill Sr | choose | pass Sr | fill Sr        | choose    | pass Sr | fill Sc        | choose    | pass Sc
resellers                 | fill Rr | choose | pass Rr | fill+filter Rr | filter Rr | pass Rr | 403            | 403       | 403
indicators                | fill Rr | choose | pass Rr | fill Rr        | choose    | pass Rr | fill Cc        | choose    | pass Cc
by-day                    | fill Rr | choose | pass Rr | fill Rr        | choose    | pass Rr | fill Cc        | choose    | pass Cc
by-month                  | fill Rr | choose | pass Rr | fill Rr        | choose    | pass Rr | fill Cc        | choose    | pass Cc
by-publisher              | fill Rr | choose | pass Rr | fill Rr        | choose    | pass Rr | fill Cc        | choose    | pass Cc
by-category               | fill Rr | choose | pass Rr | fill Rr        | choose    | pass Rr | fill Cc        | choose    | pass Cc
by-tag                    | fill Rr | choose | pass Rr | fill Rr        | choose    | pass Rr | fill Cc        | choose    | pass Cc`

// ownNamed are the same queries, naming an id that the caller is granted.
const ownNamed = `
                          | D1      | D2      | D*      | R1        | R2        | R*      | C1        | C2        | C*
usages                    | pass Cr | pass Cr | pass Cr | pass Cr   | pass Cr   | pass Cr | pass Sc   | pass Sc   | pass Sc
usages?view=resellers     | pass Rr | pass Rr | pass Rr | filter Rr | filter Rr | pass Rr | 403       | 403       | 403
usages?view=customers     | pass Cr | pass Cr | pass Cr | pass Cr   | pass Cr   | pass Cr | filter Cc | filter Cc | pass Cc
usages?view=subscriptions | pass Sr | pass Sr | pass Sr | pass Sr   | pass Sr   | pass Sr | pass Sc   | pass Sc   | pass Sc
customers                 | pass Cr | pass Cr | pass Cr | pass Cr   | pass Cr   | pass Cr | filter Cc | filter Cc | pass Cc
subscriptions             | pass Sr | pass Sr | pass Sr | pass Sr   | pass Sr   | pass Sr | pass Sc   | pass Sc   | pass Sc
resellers                 | pass Rr | pass Rr | pass Rr | filter Rr | filter Rr | pass Rr | 403       | 403       | 403
indicators                | pass Rr | pass Rr | pass Rr | pass Rr   | pass Rr   | pass Rr | pass Cc   | pass Cc   | pass Cc
by-day                    | pass Rr | pass Rr | pass Rr | pass Rr   | pass Rr   | pass Rr | pass Cc   | pass Cc   | pass Cc
by-month                  | pass Rr | pass Rr | pass Rr | pass Rr   | pass Rr   | pass Rr | pass Cc   | pass Cc   | pass Cc
by-publisher              | pass Rr | pass Rr | pass Rr | pass Rr   | pass Rr   | pass Rr | pass Cc   | pass Cc   | pass Cc
by-category               | pass Rr | pass Rr | pass Rr | pass Rr   | pass Rr   | pass Rr | pass Cc   | pass Cc   | pass Cc
by-tag                    | pass Rr | pass Rr | pass Rr | pass Rr   | pass Rr   | pass Rr | pass Cc   | pass Cc   | pass Cc`

// foreignNamed is the outcome for a query that names an id which the caller is not granted; own: as if it were.
const foreignNamed = `
    | D1  | D2  | D*  | R1  | R2  | R*  | C1  | C2  | C*
any | 403 | 403 | own | 403 | 403 | own | 403 | 403 | own`

// table reads one of the tables above: by query, then by caller.
func table(t *testing.T, text string) map[string]map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimLeft(text, "\n"), "\n")
	head := strings.Split(lines[0], "|")
	cells := map[string]map[string]string{}
	for _, line := range lines[1:] {
		parts := strings.Split(line, "|")
		if len(parts) != len(head) || len(parts) != len(callers)+1 {
			t.Fatalf("%d columns in %q", len(parts), line)
		}
		row := map[string]string{}
		for i := range callers {
			if strings.TrimSpace(head[i+1]) != callers[i].name {
				t.Fatalf("column %q is not %s", head[i+1], callers[i].name)
			}
			row[callers[i].name] = strings.TrimSpace(parts[i+1])
		}
		cells[strings.TrimSpace(parts[0])] = row
	}
	return cells
}

// cell returns what Narrow made of a query, in the words of the tables.
func cell(t *testing.T, p tenancy.Profiles, asked query.Query, parameter string) string {
	t.Helper()
	q, filter, err := p.Narrow(asked)
	word, f := outcome(err)
	if word == "choose" && chosen(f) != parameter {
		t.Errorf("%s has to be chosen, want %s", chosen(f), parameter)
	}
	if word != "granted" {
		if q.Endpoint != nil || filter.Key() != "" {
			t.Error("a query comes with its refusal")
		}
		return word
	}
	var done []string
	if idsOf(q) != idsOf(asked) {
		done = append(done, "fill")
	}
	if filter.Key() != "" {
		done = append(done, "filter")
	}
	if done == nil {
		done = append(done, "pass")
	}
	return strings.Join(done, "+") + " " + strings.ToUpper(q.View[:1]) + q.Cost[:1]
}

func idsOf(q query.Query) [3]string { return [3]string{q.DistributorID, q.ResellerID, q.CustomerID} }

func TestEveryQueryOfEveryCaller(t *testing.T) {
	none, own, foreign := table(t, noneNamed), table(t, ownNamed), table(t, foreignNamed)["any"]
	for _, e := range query.Endpoints() {
		if none[e.Name] == nil || own[e.Name] == nil {
			t.Fatalf("the tables lack %s", e.Name)
		}
	}
	for _, provider := range providers {
		for _, caller := range callers {
			p := parse(t, claim(provider, caller.profile))
			check := func(target, want string) {
				t.Helper()
				if got := cell(t, p, newQuery(t, provider, target), caller.parameter); got != want {
					t.Errorf("%s, %s, %s: got %s, want %s", caller.name, provider, target, got, want)
				}
			}
			for target := range none {
				check(target, none[target][caller.name])
				naming := and(target, caller.parameter+"=")
				first := strings.Fields(caller.profile)[1]
				last := caller.profile[strings.LastIndex(caller.profile, " ")+1:]
				check(naming+first, own[target][caller.name])
				check(naming+last, own[target][caller.name])
				want := foreign[caller.name]
				if want == "own" {
					want = own[target][caller.name]
				}
				check(naming+"x9", want)
			}
		}
	}
}

// and adds a parameter to a target.
func and(target, parameter string) string {
	if strings.Contains(target, "?") {
		return target + "&" + parameter
	}
	return target + "?" + parameter
}

// What is filled in is the id of the profile, in its own parameter, and everything else stays.
func TestFillingInChangesNothingElse(t *testing.T) {
	for _, caller := range callers {
		if !strings.HasSuffix(caller.name, "1") {
			continue
		}
		const target = "usages?view=subscriptions&cost=customers&subscription_id=s&resource_group=g&resource_id=i&invoice_type=2&period=2026-05"
		p := parse(t, claim(query.Azure, caller.profile))
		got, _ := wantGranted(t, p, target)
		want := newQuery(t, query.Azure, target+"&"+caller.parameter+"="+strings.Fields(caller.profile)[1]).Complete()
		if got.Key() != want.Key() || got.Turn != want.Turn {
			t.Errorf("%s: got %+v, want %+v", caller.name, got, want)
		}
	}
}

// Complete has nothing left to do: whatever Narrow grants is asked as it is.
func TestWhatIsGrantedIsComplete(t *testing.T) {
	for _, caller := range callers {
		p := parse(t, claim(query.GCP, caller.profile))
		for _, e := range query.Endpoints() {
			q, _, err := p.Narrow(newQuery(t, query.GCP, e.Name))
			if err != nil {
				continue
			}
			if after := q.Complete(); after.Key() != q.Key() || q.View == "" || q.Cost == "" {
				t.Errorf("%s, %s: %+v", caller.name, e.Name, q)
			}
		}
	}
}

// Rule 2: a provider without a profile is denied, whatever the others have.
func TestAnotherProvider(t *testing.T) {
	for _, provider := range providers {
		p := parse(t, claim(provider, "distributors *"))
		for _, other := range providers {
			_, _, err := p.Narrow(newQuery(t, other, "usages"))
			if word, _ := outcome(err); (word == "granted") != (other == provider) {
				t.Errorf("profiles of %s, query of %s: %s", provider, other, word)
			}
		}
	}
}
