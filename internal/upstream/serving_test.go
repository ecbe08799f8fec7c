package upstream_test

import (
	"slices"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// Serving has every account that Pick returns for some caller, and no other.
func TestServing(t *testing.T) {
	region := func(account string, values ...string) upstream.Rule {
		return upstream.Rule{Account: account, Claim: "region", Values: set(values...)}
	}
	for name, c := range map[string]struct {
		fallback string
		rules    []upstream.Rule
		want     []string
		claimed  []string // if callers have claims
	}{
		"the default alone":  {"latam", nil, []string{"latam"}, []string{"latam"}},
		"none":               {"", nil, nil, nil},
		"another provider's": {"latam", []upstream.Rule{{Account: "emea", Providers: set("aws")}}, []string{"latam"}, []string{"latam"}},
		"a rule for all":     {"latam", []upstream.Rule{{Account: "emea", Providers: set("azure")}}, []string{"emea"}, []string{"emea"}},
		"by claims": {
			"latam", []upstream.Rule{region("emea", "e"), region("apac", "a")}, []string{"latam"}, []string{"emea", "apac", "latam"},
		},
		"by claims of one": {
			"latam", []upstream.Rule{region("emea", "e"), region("emea", "f")}, []string{"latam"}, []string{"emea", "latam"},
		},
		"by claims without others": {"", []upstream.Rule{region("emea", "e")}, nil, []string{"emea"}},
		"a rule for all after claims": {
			"latam", []upstream.Rule{region("emea", "e"), {Account: "apac"}, region("latam", "l")}, []string{"apac"}, []string{"emea", "apac"},
		},
		"another reseller's": {
			"latam", []upstream.Rule{{Account: "emea", Resellers: set("r-1")}, {Account: "apac", Distributors: set("2")}},
			[]string{"latam"}, []string{"latam"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			pool, q := newPool(t, three(c.fallback, c.rules...)), &query.Query{Provider: query.Azure}
			if got := pool.Serving(q, false); !slices.Equal(got, c.want) {
				t.Errorf("without claims %q, want %q", got, c.want)
			}
			serving := pool.Serving(q, true)
			if !slices.Equal(serving, c.claimed) {
				t.Errorf("with claims %q, want %q", serving, c.claimed)
			}
			for _, value := range []string{"e", "f", "a", "l", ""} {
				if picked := pick(t, pool, q, claims{"region": {value}}.values); picked != "" && !slices.Contains(serving, picked) {
					t.Errorf("Pick returns %s for %q", picked, value)
				}
			}
		})
	}
}

func TestRequest(t *testing.T) {
	path, body := upstream.Request(&query.Query{Provider: query.GCP, Endpoint: query.Customers})
	if path != "/api/v4/gcp/filters/customers" || len(body) == 0 {
		t.Errorf("%s %s", path, body)
	}
}
