package rocketsim_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// TestTreesAddUp: a category is its services, and every tag key covers the whole amount.
func TestTreesAddUp(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		q := month("2026-04")
		categories := get[tree](t, c, provider+"/by-category", q)
		expect(t, provider, sum(t, categories.Children, tree.value), exact(t, categories.Value))
		tags := get[tree](t, c, provider+"/by-tag", q)
		for _, key := range tags.Children {
			expect(t, provider+" "+key.Name, exact(t, key.Value), exact(t, tags.Value))
		}
		for _, branch := range slices.Concat(categories.Children, tags.Children) {
			expect(t, provider+" "+branch.Name, sum(t, branch.Children, tree.value), exact(t, branch.Value))
		}
		if len(categories.Children) < 3 || len(tags.Children) != 2 {
			t.Errorf("%s: %d categories, %d tags", provider, len(categories.Children), len(tags.Children))
		}
	}
}

// TestPickersListWhatCosts: what can be picked is what has a row with costs, under the same name. Who left the month before
// has a row for the sake of last, and is not to be picked.
func TestPickersListWhatCosts(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	gone := 0
	for view, endpoint := range map[string]string{
		"resellers": "resellers", "customers": "filters/customers", "subscriptions": "filters/subscriptions",
	} {
		for _, q := range []query{month("2025-03"), month("2025-06"), month("2025-11"), month("2026-04")} {
			rows := get[[]usage](t, c, "aws/usages", q.with("view", view))
			var want []option
			for _, row := range rows {
				if exact(t, row.Actual).Sign() != 0 {
					want = append(want, option{row.Name, row.ID})
				}
			}
			gone += len(rows) - len(want)
			got := get[[]option](t, c, "aws/"+endpoint, q)
			if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
				t.Errorf("%s: %d (-usages +picker):\n%s", endpoint, len(got), diff)
			}
		}
	}
	if gone == 0 {
		t.Error("no customer left in any of these months")
	}
}

// TestPickersFollowThePeriod: customers come and go, so that the lists of two months differ.
func TestPickersFollowThePeriod(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		before := c.fetch(t, provider+"/filters/customers", month("2025-06"))
		if after := c.fetch(t, provider+"/filters/customers", month("2026-06")); before == after {
			t.Errorf("%s: the same customers in 2025 and in 2026", provider)
		}
	}
}

// TestRowsDescribeThemselves checks the members of a row besides money, on every level.
func TestRowsDescribeThemselves(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		for i, view := range allViews {
			q := month("2026-06").with("view", view)
			body := c.fetch(t, provider+"/usages", q)
			for _, row := range decode[[]usage](t, body) {
				if row.ResourceType != view || row.Type != "1" || row.ID == "" || row.Name == "" || row.Leaf != (view == "resources") {
					t.Errorf("%s by %s: %+v", provider, view, row)
				}
				if (row.ParentID == "") != (i == 0) {
					t.Errorf("%s by %s: parent %q", provider, view, row.ParentID)
				}
			}
			expectMembers(t, body, "id", "parent_id", "resource_type", "type", "name", "last", "actual", "forecast", "leaf", "extra")
		}
	}
}

// TestIDsAreUnique, or a filter by id would select two. A resource group's id is its name, unique only in its subscription.
func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	usual := open(t, rocketsim.Options{Customers: 300})
	most := open(t, rocketsim.Options{Customers: 5000}) // that cmd/rocketsim takes
	q := over("2026-04-01", "2026-04-01").without("invoice_type")
	for _, provider := range providers {
		var ids []string
		for _, view := range []string{"distributors", "resellers", "customers", "subscriptions", "resources"} {
			ids = append(ids, idsOf(get[[]usage](t, usual, provider+"/usages", q.with("view", view)))...)
		}
		expectUnique(t, provider, ids)
		ids = nil
		for _, list := range []string{"filters/customers", "filters/subscriptions"} {
			for _, pick := range get[[]option](t, most, provider+"/"+list, q) {
				ids = append(ids, pick.Value)
			}
		}
		expectUnique(t, provider+" with 5000 customers", ids)
	}
}

func expectUnique(t *testing.T, where string, ids []string) {
	t.Helper()
	slices.Sort(ids)
	if unique := slices.Compact(slices.Clone(ids)); len(unique) != len(ids) || len(ids) == 0 {
		t.Errorf("%s: %d ids, %d of them different", where, len(ids), len(unique))
	}
}

// expectMembers wants these members in every row, whatever their value: a typed decode cannot tell missing from empty.
func expectMembers(t *testing.T, body string, names ...string) {
	t.Helper()
	for _, row := range decode[[]map[string]json.RawMessage](t, body) {
		for _, name := range names {
			if _, ok := row[name]; !ok {
				t.Errorf("no %q in %v", name, row)
			}
		}
	}
}
