package rocketsim_test

import (
	"slices"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// TestLax sends the same query to both kinds: a strict Rocket responds with [], a lax one with too much.
func TestLax(t *testing.T) {
	t.Parallel()
	strict, lax := open(t, rocketsim.Options{}), open(t, rocketsim.Options{Lax: true})
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			one, other := strict.walk(t, provider, 1), strict.walk(t, provider, 2)
			q := month("2026-04").without("invoice_type").with("customer_id", one.customer).with("reseller_id", other.reseller)
			if got := strict.fetch(t, provider+"/usages", q); got != "[]" {
				t.Fatalf("strict: %s", got)
			}
			ids := idsOf(get[[]usage](t, lax, provider+"/usages", q))
			if !slices.Contains(ids, one.customer) {
				t.Errorf("lax: the customer is not in %v", ids)
			}
			if len(ids) != 2 {
				t.Errorf("lax: want the customer and one stranger, got %v", ids)
			}
		})
	}
}

// TestLaxAlwaysBringsAStranger, for any customer, the first one of the world included.
func TestLaxAlwaysBringsAStranger(t *testing.T) {
	t.Parallel()
	strict, lax := open(t, rocketsim.Options{}), open(t, rocketsim.Options{Lax: true})
	for _, provider := range providers {
		for _, q := range []query{month("2024-12"), month("2026-04"), month("2026-06").without("invoice_type")} {
			for _, pick := range get[[]option](t, strict, provider+"/filters/customers", q) {
				rows := get[[]usage](t, lax, provider+"/usages", q.with("customer_id", pick.Value))
				if ids := idsOf(rows); len(ids) != 2 || !slices.Contains(ids, pick.Value) {
					t.Errorf("%s: %s brings %v", provider, pick.Label, ids)
				}
			}
		}
	}
}

// TestLaxIsWholeWithoutIDs: with nothing to be lax about, the responses are the strict ones.
func TestLaxIsWholeWithoutIDs(t *testing.T) {
	t.Parallel()
	strict, lax := open(t, rocketsim.Options{}), open(t, rocketsim.Options{Lax: true})
	for _, provider := range providers {
		q := month("2026-04")
		if strict.fetch(t, provider+"/usages", q) != lax.fetch(t, provider+"/usages", q) {
			t.Errorf("%s: lax changes a query without ids", provider)
		}
	}
}

func idsOf(rows []usage) []string {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}
