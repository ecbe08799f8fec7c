package rocketsim_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

var endpoints = []string{
	"usages", "indicators", "by-day", "by-month", "by-publisher", "by-category", "by-tag", "resellers", "filters/customers",
	"filters/subscriptions",
}

// probes are queries of azure to which a mutation may have another response.
func probes(t *testing.T, c *client) []query {
	one, other := c.walk(t, "azure", 1), c.walk(t, "azure", 2)
	april := month("2026-04")
	own := april.with("customer_id", one.customer)
	return []query{
		april, own, own.with("cost", "customers"), own.with("reseller_id", other.reseller), april.with("reseller_id", one.reseller),
		april.with("customer_id", "unknown"), april.with("resource_group", strings.ToUpper(one.group)), april.without("invoice_type"),
		april.with("invoice_type", "9"), april.with("catalog", "licences"), over("2026-06-18", "2026-06-19"),
	}
}

// responses sends the queries to every endpoint.
func (c *client) responses(t *testing.T, queries []query) (all []string) {
	for _, q := range queries {
		for _, endpoint := range endpoints {
			all = append(all, c.fetch(t, "azure/"+endpoint, q))
		}
	}
	return all
}

// TestMutations: each changes some responses, and not all of them.
func TestMutations(t *testing.T) {
	t.Parallel()
	faithful := open(t, rocketsim.Options{Customers: 30})
	queries := probes(t, faithful)
	want := faithful.responses(t, queries)
	for _, name := range rocketsim.Mutations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := 0
			for i, got := range open(t, rocketsim.Options{Customers: 30, Mutation: name}).responses(t, queries) {
				if got != want[i] {
					changed++
				}
			}
			if changed == 0 || changed == len(want) {
				t.Errorf("%d of %d responses change", changed, len(want))
			}
		})
	}
}

func TestUnknownMutationChangesNothing(t *testing.T) {
	t.Parallel()
	faithful, mutated := open(t, rocketsim.Options{}), open(t, rocketsim.Options{Mutation: "galaxies"})
	if faithful.fetch(t, "azure/usages", month("2026-04")) != mutated.fetch(t, "azure/usages", month("2026-04")) {
		t.Error("it changes a response")
	}
}
