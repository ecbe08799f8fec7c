package rocketsim_test

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// TestEveryLevelPaysMore: who sells adds a markup, on each single customer and on the whole.
func TestEveryLevelPaysMore(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			at := func(cost string) []usage {
				return get[[]usage](t, c, provider+"/usages", month("2026-04").with("cost", cost))
			}
			low, middle, high := at("distributors"), at("resellers"), at("customers")
			if len(low) == 0 || len(low) != len(middle) || len(low) != len(high) {
				t.Fatalf("%d, %d and %d rows", len(low), len(middle), len(high))
			}
			for i := range low {
				paid, sold, resold := exact(t, low[i].Actual), exact(t, middle[i].Actual), exact(t, high[i].Actual)
				if low[i].ID != high[i].ID || paid.Cmp(sold) >= 0 || sold.Cmp(resold) >= 0 {
					t.Errorf("%s: %s, %s, %s", low[i].Name, low[i].Actual, middle[i].Actual, high[i].Actual)
				}
			}
		})
	}
}

// TestCostIsNamed: breakdowns say whose price they show; without a cost, or with an empty one, it is the resellers'.
func TestCostIsNamed(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := month("2026-04")
	for _, endpoint := range []string{"by-day", "by-month", "by-publisher"} {
		for _, cost := range []string{"distributors", "resellers", "customers"} {
			for _, row := range get[[]slice](t, c, "azure/"+endpoint, q.with("cost", cost)) {
				if row.MarkupReference != cost {
					t.Fatalf("%s at %s prices: %+v", endpoint, cost, row)
				}
			}
		}
		want := c.fetch(t, "azure/"+endpoint, q.with("cost", "resellers"))
		if c.fetch(t, "azure/"+endpoint, q.without("cost")) != want || c.fetch(t, "azure/"+endpoint, q.with("cost", "")) != want {
			t.Errorf("%s: the default is not the resellers' price", endpoint)
		}
	}
}

// TestQuantityHasNoPrice: hours are the same at every price level.
func TestQuantityHasNoPrice(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := month("2026-04")
	low := get[figures](t, c, "azure/indicators", q.with("cost", "distributors"))
	high := get[figures](t, c, "azure/indicators", q.with("cost", "customers"))
	if low.ActualQuantity != high.ActualQuantity || exact(t, low.ActualQuantity).Sign() <= 0 {
		t.Errorf("%s and %s", low.ActualQuantity, high.ActualQuantity)
	}
}

// TestQuantityIsHours: one resource runs 24 of them a day at most.
func TestQuantityIsHours(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := over("2026-04-01", "2026-04-01").without("invoice_type").with("resource_id", c.walk(t, "azure", 0).resource)
	hours, _ := exact(t, get[figures](t, c, "azure/indicators", q).ActualQuantity).Float64()
	if hours < 12 || hours > 24 {
		t.Errorf("%v hours in a day", hours)
	}
}
