package tenancy_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Rule 3: what several profiles of azure make of a query. Profiles are separated by semicolons; the outcome is the three
// ids and whether rows are filtered, or what must be chosen, or 403.
var combined = []struct{ profiles, target, want string }{
	// Profiles of one type add up.
	{"customers c1; customers c2", "indicators?customer_id=c2", "- - c2"},
	{"customers c1; customers c2", "customers", "- - - filter"},
	{"customers c1; customers c2", "by-day", "choose customer_id"},
	{"customers c1; customers c1", "by-day", "- - c1"},
	{"customers c1; customers *", "by-day", "- - -"},
	{"customers c1; customers *", "by-day?customer_id=x9", "- - x9"},
	{"customers; customers c1", "by-day", "- - c1"},
	{"distributors d1; distributors *", "usages?view=distributors&cost=list", "- - -"},

	// Profiles of different types all apply.
	{"resellers r1; customers c1 c2", "customers", "- r1 - filter"},
	{"resellers r1; customers c1 c2", "usages", "- r1 - filter"},
	{"resellers r1; customers c1 c2", "usages?view=subscriptions", "choose customer_id"},
	{"resellers r1; customers c1 c2", "usages?reseller_id=r1&customer_id=c2", "- r1 c2"},
	{"resellers r1; customers c1 c2", "usages?reseller_id=r2&customer_id=c2", "403"},
	{"resellers r1; customers c1 c2", "usages?customer_id=c3", "403"},
	{"resellers r1; customers c1 c2", "resellers", "403"},
	{"resellers r1; customers c1 c2", "usages?view=resellers", "403"},
	{"resellers r1 r2; customers c1 c2", "customers", "choose reseller_id"},
	{"resellers r1 r2; customers c1 c2", "customers?reseller_id=r2", "- r2 - filter"},
	{"resellers r1 r2; customers c1 c2", "usages", "choose reseller_id"},
	{"resellers r1 r2; customers c1 c2", "by-tag", "choose reseller_id customer_id"},
	{"resellers r1 r2; customers c1", "customers", "choose reseller_id"},
	{"resellers r1; customers *", "customers", "- r1 -"},
	{"resellers r1; customers *", "subscriptions?customer_id=x9", "- r1 x9"},
	{"resellers *; customers c1", "subscriptions?reseller_id=x9", "- x9 c1"},
	{"distributors d1; customers c1 c2", "customers", "d1 - - filter"},
	{"distributors d1; resellers r1 r2", "resellers", "d1 - - filter"},
	{"distributors d1; resellers r1 r2", "usages?view=resellers&customer_id=x9", "d1 - x9 filter"},
	{"distributors d1 d2; resellers r1 r2", "resellers", "choose distributor_id"},
	{"distributors d1 d2; resellers r1 r2; customers c1 c2", "by-month", "choose distributor_id reseller_id customer_id"},
	{"distributors d1 d2; resellers r1 r2; customers c1 c2", "customers", "choose distributor_id reseller_id"},
	{"distributors d1 d2; resellers r1 r2; customers c1 c2", "by-month?distributor_id=d2&reseller_id=r2&customer_id=c2", "d2 r2 c2"},
	{"distributors d1; resellers r1; customers c1", "indicators", "d1 r1 c1"},
	{"distributors *; customers c1", "indicators?distributor_id=x9", "x9 - c1"},
	{"distributors *; resellers *; customers *", "indicators", "- - -"},
	{"resellers; customers c1", "indicators", "403"},
	{"resellers r1; customers", "indicators", "403"},

	// A refusal wins over a choice.
	{"resellers r1 r2; customers c1 c2", "by-tag?customer_id=x9", "403"},
	{"resellers r1 r2; customers c1 c2", "by-tag?cost=resellers", "403"},
	{"resellers r1 r2", "by-tag?distributor_id=d1", "403"},

	// Rule 5: an id of a higher type needs a profile of its own.
	{"customers c1", "indicators?reseller_id=r1", "403"},
	{"customers c1", "indicators?distributor_id=d1", "403"},
	{"customers *", "indicators?reseller_id=r1", "403"},
	{"resellers r1", "indicators?distributor_id=d1", "403"},
	{"resellers *", "indicators?distributor_id=d1", "403"},
	{"distributors d1; customers c1", "indicators?reseller_id=r1", "403"},
	{"distributors *; customers c1", "indicators?reseller_id=r1", "403"},

	// Ids below the level only narrow: all filters apply together.
	{"distributors d1", "indicators?reseller_id=x8&customer_id=x9", "d1 x8 x9"},
	{"resellers r1", "usages?customer_id=x9", "- r1 x9"},
	{"resellers r1 r2", "usages?customer_id=x9", "choose reseller_id"},
	{"customers c1 c2", "usages?view=customers&subscription_id=x9", "- - - filter"},
	{"customers c1 c2", "subscriptions?subscription_id=x9", "choose customer_id"},

	// Ids are compared exactly, and a star is an id like any other in a query.
	{"customers c1", "indicators?customer_id=C1", "403"},
	{"customers c1", "indicators?customer_id=c1 ", "403"},
	{"customers c1", "indicators?customer_id=*", "403"},
	{"customers c1 c2", "indicators?customer_id=c1,c2", "403"},
}

func TestSeveralProfiles(t *testing.T) {
	for _, tt := range combined {
		p := parse(t, claim(query.Azure, strings.Split(tt.profiles, ";")...))
		q, filter, err := p.Narrow(newQuery(t, query.Azure, tt.target))
		got, f := outcome(err)
		switch got {
		case "choose":
			got += " " + chosen(f)
		case "granted":
			got = ""
			for _, id := range idsOf(q) {
				if id == "" {
					id = "-"
				}
				got += " " + id
			}
			if filter.Key() != "" {
				got += " filter"
			}
		}
		if got = strings.TrimSpace(got); got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.profiles, tt.target, got, tt.want)
		}
	}
}
