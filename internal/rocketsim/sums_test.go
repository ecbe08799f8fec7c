package rocketsim_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

var allViews = []string{"distributors", "resellers", "customers", "subscriptions", "resource_groups", "resources"}

// TestCustomersAddUp takes customers as a user finds them and queries the same costs in every way.
func TestCustomersAddUp(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	april := month("2026-04")
	rows := get[[]usage](t, c, "azure/usages", april)
	picks := get[[]option](t, c, "azure/filters/customers", april)
	for _, pick := range []option{picks[0], picks[len(picks)/2], picks[len(picks)-1]} {
		t.Run(pick.Label, func(t *testing.T) {
			row := rowOf(t, rows, pick.Value)
			if row.Name != pick.Label {
				t.Errorf("usages calls it %q, the picker %q", row.Name, pick.Label)
			}
			c.expectTotals(t, "azure", april.with("customer_id", pick.Value), exact(t, row.Actual))
		})
	}
}

// TestWorldsAddUp does the same for whole providers at every price.
func TestWorldsAddUp(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		for _, cost := range []string{"distributors", "resellers", "customers"} {
			t.Run(provider+" at "+cost+" prices", func(t *testing.T) {
				q := month("2026-05").with("cost", cost).without("invoice_type")
				c.expectTotals(t, provider, q, exact(t, get[figures](t, c, provider+"/indicators", q).Actual))
			})
		}
	}
}

// TestLastAndForecastAddUp looks at the open month, where the forecast is a guess and rounding could creep in.
func TestLastAndForecastAddUp(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		q := month("2026-06").without("invoice_type")
		want := get[figures](t, c, provider+"/indicators", q)
		for _, view := range allViews {
			rows := get[[]usage](t, c, provider+"/usages", q.with("view", view))
			expect(t, provider+" last by "+view, sum(t, rows, usage.last), exact(t, want.Last))
			expect(t, provider+" actual by "+view, sum(t, rows, usage.actual), exact(t, want.Actual))
			expect(t, provider+" forecast by "+view, sum(t, rows, usage.forecast), exact(t, want.Forecast))
		}
	}
}

// TestRowsAddUpToTheirParents climbs from every level to the next one by parent_id.
func TestRowsAddUpToTheirParents(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := month("2026-06")
	for i, view := range allViews[1:5] {
		byParent := map[string][]usage{}
		for _, row := range get[[]usage](t, c, "aws/usages", q.with("view", view)) {
			byParent[row.ParentID] = append(byParent[row.ParentID], row)
		}
		parents := get[[]usage](t, c, "aws/usages", q.with("view", allViews[i]))
		if len(parents) != len(byParent) {
			t.Errorf("%s have %d parents among %d %s", view, len(byParent), len(parents), allViews[i])
		}
		for _, parent := range parents {
			children := byParent[parent.ID]
			for _, figure := range []func(usage) json.Number{usage.last, usage.actual, usage.forecast} {
				expect(t, view+" of "+parent.Name, sum(t, children, figure), exact(t, figure(parent)))
			}
		}
	}
}

// expectTotals sends one query to every endpoint and expects the same total.
func (c *client) expectTotals(t *testing.T, provider string, q query, want *big.Rat) {
	t.Helper()
	if want.Sign() <= 0 {
		t.Fatalf("nothing to compare: %s", want)
	}
	for _, view := range allViews {
		rows := get[[]usage](t, c, provider+"/usages", q.with("view", view))
		expect(t, "usages by "+view, sum(t, rows, usage.actual), want)
	}
	for _, kind := range []string{"by-day", "by-month", "by-publisher"} {
		expect(t, kind, sum(t, get[[]slice](t, c, provider+"/"+kind, q), slice.value), want)
	}
	for _, kind := range []string{"by-category", "by-tag"} {
		expect(t, kind, exact(t, get[tree](t, c, provider+"/"+kind, q).Value), want)
	}
	expect(t, "indicators", exact(t, get[figures](t, c, provider+"/indicators", q).Actual), want)
}

func expect(t *testing.T, what string, got, want *big.Rat) {
	t.Helper()
	if got.Cmp(want) != 0 {
		t.Errorf("%s: %s, want %s", what, got.FloatString(12), want.FloatString(12))
	}
}

func rowOf(t testing.TB, rows []usage, id string) usage {
	t.Helper()
	for _, row := range rows {
		if row.ID == id {
			return row
		}
	}
	t.Fatalf("no row %q among %d", id, len(rows))
	return usage{}
}
