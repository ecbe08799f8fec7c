package rocketsim_test

import (
	"encoding/json"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

var idKeys = []string{"distributor_id", "reseller_id", "customer_id", "subscription_id", "resource_group", "resource_id"}

var lists = []string{"usages", "by-day", "by-month", "by-publisher", "resellers", "filters/customers", "filters/subscriptions"}

func TestUnknownIDsGiveNothing(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, key := range idKeys {
		t.Run(key, func(t *testing.T) {
			for _, provider := range providers {
				c.expectNothing(t, provider, month("2026-04").with(key, "00000000-dead-4bad-8bad-000000000000"))
			}
		})
	}
}

// TestContradictoryIDsSelectNothing: all filters apply together, so no customer is below another reseller.
func TestContradictoryIDsSelectNothing(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		// Neighbours in the list of resellers: different companies all the way down, and different distributors.
		one, other := c.walk(t, provider, 0), c.walk(t, provider, 1)
		if one.distributor == other.distributor || one.reseller == other.reseller {
			t.Fatalf("%+v and %+v are no strangers", one, other)
		}
		q := month("2026-04").without("invoice_type")
		for name, q := range map[string]query{
			"customer, reseller":       q.with("customer_id", one.customer).with("reseller_id", other.reseller),
			"customer, distributor":    q.with("customer_id", one.customer).with("distributor_id", other.distributor),
			"reseller, distributor":    q.with("reseller_id", one.reseller).with("distributor_id", other.distributor),
			"subscription, customer":   q.with("subscription_id", one.subscription).with("customer_id", other.customer),
			"resource, subscription":   q.with("resource_id", one.resource).with("subscription_id", other.subscription),
			"resource, unknown group":  q.with("resource_id", one.resource).with("resource_group", "rg-unknown"),
			"customer, its own parent": q.with("customer_id", one.reseller).with("reseller_id", one.customer),
		} {
			t.Run(provider+" "+name, func(t *testing.T) { c.expectNothing(t, provider, q) })
		}
	}
}

// TestAgreeingIDsChangeNothing: the ids above a resource add no information to its own.
func TestAgreeingIDsChangeNothing(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		p := c.walk(t, provider, 2)
		q := month("2026-04").without("invoice_type").with("view", "resources").with("resource_id", p.resource)
		want := c.fetch(t, provider+"/usages", q)
		for key, id := range map[string]string{
			"distributor_id": p.distributor, "reseller_id": p.reseller, "customer_id": p.customer,
			"subscription_id": p.subscription, "resource_group": p.group,
		} {
			q = q.with(key, id)
		}
		if got := c.fetch(t, provider+"/usages", q); got != want || len(decode[[]usage](t, got)) != 1 {
			t.Errorf("%s: %s, want %s", provider, got, want)
		}
	}
}

// expectNothing wants an empty list, zeroes or a bare root from every endpoint.
func (c *client) expectNothing(t *testing.T, provider string, q query) {
	t.Helper()
	for _, endpoint := range lists {
		if got := c.fetch(t, provider+"/"+endpoint, q); got != "[]" {
			t.Errorf("%s/%s: %.200s", provider, endpoint, got)
		}
	}
	for _, endpoint := range []string{"by-category", "by-tag"} {
		root := get[tree](t, c, provider+"/"+endpoint, q)
		if exact(t, root.Value).Sign() != 0 || len(root.Children) != 0 {
			t.Errorf("%s/%s: %+v", provider, endpoint, root)
		}
	}
	f := get[figures](t, c, provider+"/indicators", q)
	for _, n := range []json.Number{f.Last, f.Actual, f.Forecast, f.LastQuantity, f.ActualQuantity} {
		if n != "0" {
			t.Errorf("%s/indicators: %+v", provider, f)
		}
	}
}
