package upstream_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// priced returns accounts of three currencies with rules and a default.
func priced(defaultName string, rules ...upstream.Rule) upstream.Accounts {
	a := three(defaultName, rules...)
	for i, currency := range []string{"BRL", "EUR", ""} {
		a.List[i].Currency = currency
	}
	return a
}

func TestCurrency(t *testing.T) {
	none, acme := []string{""}, claims{"tenant": {"acme"}}
	for _, tt := range []struct {
		what                    string
		accounts                upstream.Accounts
		distributors, resellers []string
		want                    string
	}{
		{"no account", upstream.Accounts{}, nil, nil, ""},
		{"one for all", priced("latam"), nil, nil, "BRL"},
		{"one without a currency", priced("apac"), nil, nil, ""},
		{"a refusal is no account", priced("", upstream.Rule{Account: "emea", Distributors: set("d")}), nil, nil, "EUR"},
		{"accounts that agree", priced("latam", upstream.Rule{Account: "latam", Distributors: set("d")}), nil, nil, "BRL"},
		{"accounts that differ", priced("latam", upstream.Rule{Account: "emea", Distributors: set("d")}), nil, nil, ""},
		{"one of two has none", priced("latam", upstream.Rule{Account: "apac", Distributors: set("d")}), nil, nil, ""},
		{"another provider", priced("latam", upstream.Rule{Account: "emea", Providers: set("aws")}), nil, nil, "BRL"},
		{"this provider", priced("latam", upstream.Rule{Account: "emea", Providers: set("azure")}), nil, nil, "EUR"},
		{"the caller's claim", priced("latam", upstream.Rule{Account: "emea", Claim: "tenant", Values: set("acme")}), nil, nil, "EUR"},
		{"another claim", priced("latam", upstream.Rule{Account: "emea", Claim: "tenant", Values: set("x")}), nil, nil, "BRL"},
		{"the caller's one id", priced("latam", upstream.Rule{Account: "emea", Resellers: set("r", "s")}), none, []string{"r"}, "EUR"},
		{"one of its ids", priced("latam", upstream.Rule{Account: "emea", Resellers: set("r")}), none, []string{"r", "s"}, ""},
		{"no id", priced("latam", upstream.Rule{Account: "emea", Resellers: set("r")}), none, none, "BRL"},
		{"its ids in two rules", priced("latam", upstream.Rule{Account: "emea", Distributors: set("d")},
			upstream.Rule{Account: "emea", Distributors: set("e")}), []string{"d", "e"}, nil, "EUR"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if got := newPool(t, tt.accounts).Currency(query.Azure, tt.distributors, tt.resellers, acme.values); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The currency is that of the accounts that Pick returns for the queries, if each of them is asked for. Rules with two ids may hide others
// that no query gets to; then an account too many may count.
func TestCurrencyIsThatOfPickedAccounts(t *testing.T) {
	ids := func(prefix string) []string { return []string{"", prefix + "1", prefix + "2", prefix + "3"} }
	some := func(t *rapid.T, of []string, label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, 3, rapid.ID).Draw(t, label)
	}
	condition := func(t *rapid.T, prefix string) map[string]bool {
		if rapid.Bool().Draw(t, prefix+" any") {
			return nil
		}
		return set(some(t, ids(prefix)[1:3], prefix)...)
	}
	testkit.Check(t, func(rt *rapid.T) {
		var rules []upstream.Rule
		for range rapid.IntRange(0, 3).Draw(rt, "rules") {
			rules = append(rules, upstream.Rule{
				Account:      rapid.SampledFrom([]string{"latam", "emea", "apac"}).Draw(rt, "account"),
				Distributors: condition(rt, "d"), Resellers: condition(rt, "r"),
			})
		}
		pool := newPool(t, priced(rapid.SampledFrom([]string{"latam", "emea", ""}).Draw(rt, "default"), rules...))
		named := map[string][]string{"d": nil, "r": nil}
		asked := map[string][]string{"d": ids("d"), "r": ids("r")}
		for level := range named {
			if rapid.Bool().Draw(rt, level+" restricted") {
				named[level] = some(rt, ids(level), level+" of the caller")
				asked[level] = named[level]
			}
		}
		var currencies []string
		for _, d := range asked["d"] {
			for _, r := range asked["r"] {
				q := query.Query{Provider: query.AWS, Params: query.Params{DistributorID: d, ResellerID: r}}
				if identity, ok := pool.Pick(&q, nil); ok {
					currencies = append(currencies, pool.Client(pool.Name(identity)).Account.Currency)
				}
			}
		}
		slices.Sort(currencies)
		want := ""
		if currencies = slices.Compact(currencies); len(currencies) == 1 {
			want = currencies[0]
		}
		unsure := slices.ContainsFunc(rules, func(r upstream.Rule) bool { return r.Distributors != nil && r.Resellers != nil })
		if got := pool.Currency(query.AWS, named["d"], named["r"], nil); got != want && (!unsure || got != "") {
			rt.Fatalf("got %q, want %q: %q", got, want, currencies)
		}
	})
}

// A changed currency is a changed account.
func TestApplyChangesTheCurrency(t *testing.T) {
	pool := newPool(t, priced("latam"))
	next := priced("latam")
	next.List[0].Currency = "USD"
	changed, replaced, err := pool.Apply(next)
	if got := pool.Currency(query.AWS, nil, nil, nil); err != nil || got != "USD" || !slices.Equal(changed, []string{"account latam"}) {
		t.Errorf("%q, changed %q, %v", got, changed, err)
	}
	for _, client := range replaced {
		client.Close()
	}
}
