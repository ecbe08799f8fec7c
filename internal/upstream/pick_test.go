package upstream_test

import (
	"log/slog"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// claims are a caller's claims.
type claims map[string][]string

func (c claims) values(name string) []string { return c[name] }

// set is the texts of a condition.
func set(texts ...string) map[string]bool {
	s := map[string]bool{}
	for _, text := range texts {
		s[text] = true
	}
	return s
}

// service returns an account that is never used.
func service(name string) upstream.Account {
	base := &url.URL{Scheme: "https", Host: "rocket.example.com"}
	return upstream.Account{Name: name, Base: base, Username: "svc-" + name, Password: password}
}

// three returns accounts with rules and a default.
func three(defaultName string, rules ...upstream.Rule) upstream.Accounts {
	return upstream.Accounts{
		List: []upstream.Account{service("latam"), service("emea"), service("apac")}, Rules: rules, Default: defaultName,
	}
}

// newPool returns a pool that ends with the test.
func newPool(t testing.TB, a upstream.Accounts) *upstream.Pool {
	t.Helper()
	transport, err := upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: 1, Timeout: time.Minute, MaxResponseBytes: 1, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	p, err := upstream.NewPool(upstream.Options{Transport: transport}, a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// pick returns the name of the account that the pool picks, or "".
func pick(t testing.TB, p *upstream.Pool, q *query.Query, claim func(string) []string) string {
	t.Helper()
	identity, ok := p.Pick(q, claim)
	name := p.Name(identity)
	if ok != slices.Contains(p.Names(), name) || ok != (identity != "") {
		t.Errorf("picks %q, %v", identity, ok)
	}
	return name
}

func TestPick(t *testing.T) {
	pool := newPool(t, three("",
		upstream.Rule{
			Account: "latam", Providers: set("aws", "gcp"), Distributors: set("2"), Resellers: set("r-1", "r-2"),
			Claim: "tenant", Values: set("acme", "globex"),
		},
		upstream.Rule{Account: "emea", Distributors: set("2")},
		upstream.Rule{Account: "apac", Claim: "https://example.com/region", Values: set("apac")},
		upstream.Rule{Account: "emea", Claim: "tenant", Values: set("umbrella")},
		upstream.Rule{Account: "apac", Resellers: set("R-1")},
		upstream.Rule{Account: "latam", Claim: "nothing"},
	))
	acme := claims{"tenant": {"acme"}}
	first := query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "2", ResellerID: "r-1"}}
	other := query.Query{Provider: query.GCP, Params: query.Params{DistributorID: "2", ResellerID: "r-2"}}
	twoClaims := claims{"tenant": {"umbrella"}, "https://example.com/region": {"apac"}}
	for _, tt := range []struct {
		what   string
		query  query.Query
		claims claims
		want   string
	}{
		{"all conditions hold", first, acme, "latam"},
		{"by the other values", other, claims{"tenant": {"globex"}}, "latam"},
		{"one of several claims", other, claims{"tenant": {"x", "acme"}}, "latam"},
		{"another provider", query.Query{Provider: query.Azure, Params: query.Params{DistributorID: "2", ResellerID: "r-1"}}, acme, "emea"},
		{"another reseller", query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "2", ResellerID: "r-3"}}, acme, "emea"},
		{"no reseller", query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "2"}}, acme, "emea"},
		{"another tenant", first, claims{"tenant": {"Acme"}}, "emea"},
		{"no claim", first, nil, "emea"},
		{"the claim has no values", first, claims{"tenant": {}}, "emea"},
		{"another claim of that value", first, claims{"sub": {"acme"}}, "emea"},
		{"another distributor", query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "02", ResellerID: "r-1"}}, acme, ""},
		{"a claim alone", query.Query{Provider: query.Azure}, claims{"https://example.com/region": {"apac"}}, "apac"},
		{"two claims, in the order of the rules", query.Query{}, twoClaims, "apac"},
		{"a claim that an earlier rule does not look at", query.Query{}, claims{"tenant": {"umbrella"}}, "emea"},
		{"case counts", query.Query{Params: query.Params{ResellerID: "R-1"}}, nil, "apac"},
		{"an id of another level", query.Query{Params: query.Params{CustomerID: "R-1"}}, nil, ""},
		{"nothing", query.Query{}, nil, ""},
		{"a claim of a rule without values", query.Query{}, claims{"nothing": {"x", ""}}, ""},
		{"empty values", query.Query{}, claims{"tenant": {""}, "https://example.com/region": {""}}, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if got := pick(t, pool, &tt.query, tt.claims.values); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPickIfNoRuleMatches(t *testing.T) {
	aws := upstream.Rule{Account: "latam", Providers: set("aws")}
	for _, tt := range []struct {
		what     string
		accounts upstream.Accounts
		want     string
	}{
		{"no accounts", upstream.Accounts{}, ""},
		{"one account", upstream.Accounts{List: []upstream.Account{service("single")}, Default: "single"}, "single"},
		{"no rules", three("latam"), "latam"},
		{"a default", three("emea", aws), "emea"},
		{"no default", three("", aws), ""},
		{"a default that is no account", three("other", aws), ""},
		{"a last rule without conditions", three("", aws, upstream.Rule{Account: "emea"}), "emea"},
		{"a rule of no account", three("latam", upstream.Rule{Account: "other"}), ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if got := pick(t, newPool(t, tt.accounts), &query.Query{Provider: query.Azure}, nil); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Without authentication callers have no claims: no rule with one matches.
func TestPickWithoutClaims(t *testing.T) {
	pool := newPool(t, three("emea", upstream.Rule{Account: "latam", Claim: "tenant", Values: set("acme")}))
	if got := pick(t, pool, &query.Query{}, nil); got != "emea" {
		t.Errorf("got %q", got)
	}
}

// tenants returns as many rules of latam, none of them for the tenant globex.
func tenants(n int) []upstream.Rule {
	return slices.Repeat([]upstream.Rule{{Account: "latam", Claim: "tenant", Values: set("acme")}}, n)
}

// A claim is read once, however many rules compare it.
func TestClaimsAreReadOnce(t *testing.T) {
	pool := newPool(t, three("emea", tenants(100)...))
	reads := 0
	pool.Pick(&query.Query{}, func(string) []string {
		reads++
		return []string{"globex"}
	})
	if reads != 1 {
		t.Errorf("the claim was read %d times", reads)
	}
}

var globex = claims{"tenant": {"globex"}}.values

func TestPickAllocatesNothing(t *testing.T) {
	q := &query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "1"}}
	unmatched := upstream.Rule{Account: "latam", Distributors: set("2"), Providers: set("aws")}
	for what, pool := range map[string]*upstream.Pool{
		"no rules": newPool(t, three("emea")), "rules": newPool(t, three("emea", append(tenants(1), unmatched)...)),
	} {
		if n := testing.AllocsPerRun(100, func() { pool.Pick(q, globex) }); n > 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

// BenchmarkPick is the worst case: the rules of a thousand tenants, none of them the caller's.
func BenchmarkPick(b *testing.B) {
	pool := newPool(b, three("emea", tenants(1000)...))
	q := &query.Query{Provider: query.AWS, Params: query.Params{ResellerID: "r-2"}}
	for b.Loop() {
		pool.Pick(q, globex)
	}
}
