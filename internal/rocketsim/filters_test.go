package rocketsim_test

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// path is one resource and everything above it.
type path struct{ distributor, reseller, customer, subscription, group, resource string }

// walk climbs down a provider from its nth reseller, as a user clicks through it.
func (c *client) walk(t testing.TB, provider string, n int) path {
	t.Helper()
	q := month("2026-04").without("invoice_type")
	next := func(view string) usage {
		rows := get[[]usage](t, c, provider+"/usages", q.with("view", view))
		return rows[n%len(rows)]
	}
	var p path
	top := next("resellers")
	p.distributor, p.reseller = top.ParentID, top.ID
	q = q.with("reseller_id", p.reseller)
	p.customer = next("customers").ID
	q = q.with("customer_id", p.customer)
	p.subscription = next("subscriptions").ID
	q = q.with("subscription_id", p.subscription)
	p.group = next("resource_groups").ID
	q = q.with("resource_group", p.group)
	p.resource = next("resources").ID
	return p
}

// TestEveryFilterCounts changes one filter at a time. Narrowing must cost less, not merely something else.
func TestEveryFilterCounts(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	p := c.walk(t, "azure", 0)
	base := month("2026-04").without("invoice_type")
	all := get[[]usage](t, c, "azure/usages", base)
	const less, same, more = -1, 0, 1
	tests := []struct {
		key, value, unknown string
		money               int
	}{
		{"start_time", "2026-04-16", "", less},
		{"end_time", "2026-04-15", "", less},
		{"distributor_id", p.distributor, "unknown", less},
		{"reseller_id", p.reseller, "unknown", less},
		{"customer_id", p.customer, "unknown", less},
		{"subscription_id", p.subscription, "unknown", less},
		{"resource_group", p.group, "unknown", less},
		{"resource_id", p.resource, "unknown", less},
		{"view", "resellers", "", same},
		{"invoice_type", "2", "9", less},
		{"cost", "customers", "", more},
		{"catalog", "marketplace", "licences", less},
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			q := base.with(test.key, test.value)
			if c.fetch(t, "azure/usages", q) == c.fetch(t, "azure/usages", base) {
				t.Errorf("%q makes no difference", test.value)
			}
			rows := get[[]usage](t, c, "azure/usages", q)
			got, was := sum(t, rows, usage.actual), sum(t, all, usage.actual)
			if got.Sign() == 0 || got.Cmp(was) != test.money {
				t.Errorf("%q costs %s instead of %s", test.value, got.FloatString(9), was.FloatString(9))
			}
			if test.unknown == "" {
				return
			}
			if got := c.fetch(t, "azure/usages", base.with(test.key, test.unknown)); got != "[]" {
				t.Errorf("%q returns %.100s", test.unknown, got)
			}
		})
	}
}

// TestCatalogsAdd: two catalogs are the one and the other, and an equal one twice is one.
func TestCatalogsAdd(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := month("2026-04")
	costs := func(q query) figures { return get[figures](t, c, "azure/indicators", q) }
	consumption, market := q.with("catalog", "consumption"), q.with("catalog", "marketplace")
	both := exact(t, costs(consumption).Actual)
	both.Add(both, exact(t, costs(market).Actual))
	expect(t, "both", exact(t, costs(q).Actual), both)
	expect(t, "none named", exact(t, costs(q.without("catalog")).Actual), both)
	twice := append(market, filter{"catalog", "marketplace"})
	expect(t, "one twice", exact(t, costs(twice).Actual), exact(t, costs(market).Actual))
}

// TestOrderOfFiltersDoesNotMatter, since the page does not say that it does.
func TestOrderOfFiltersDoesNotMatter(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	p := c.walk(t, "azure", 0)
	q := month("2026-04").with("customer_id", p.customer)
	var backwards query
	for _, f := range q {
		backwards = append(query{f}, backwards...)
	}
	if c.fetch(t, "azure/usages", q) != c.fetch(t, "azure/usages", backwards) {
		t.Error("the filters' order changes the response")
	}
}
