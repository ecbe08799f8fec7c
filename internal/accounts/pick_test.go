package accounts_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// claims gives the values of a caller's claims.
type claims map[string][]string

func (c claims) values(name string) []string { return c[name] }

const threeAccounts = both + "  - {name: apac, username: svc-apac, password_env: LATAM_PASSWORD}\n"

func TestPick(t *testing.T) {
	book := read(t, threeAccounts+`
rules:
  - account: latam
    providers: [aws, gcp]
    distributors: ["2"]
    resellers: [r-1, r-2]
    claim: {name: tenant, values: [acme, globex]}
  - account: emea
    distributors: ["2"]
  - account: apac
    claim: {name: https://example.com/region, values: [apac]}
  - account: emea
    claim: {name: tenant, values: [umbrella]}
  - account: apac
    resellers: [R-1]
default: none
`, alone)
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
		{"two claims, in the order of the rules", query.Query{Params: query.Params{}}, twoClaims, "apac"},
		{"a claim that an earlier rule does not look at", query.Query{Params: query.Params{}}, claims{"tenant": {"umbrella"}}, "emea"},
		{"case counts", query.Query{Params: query.Params{ResellerID: "R-1"}}, nil, "apac"},
		{"an id of another level", query.Query{Params: query.Params{CustomerID: "R-1"}}, nil, ""},
		{"nothing", query.Query{Params: query.Params{}}, nil, ""},
		{"empty values", query.Query{Params: query.Params{}}, claims{"tenant": {""}, "https://example.com/region": {""}}, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			got, ok := book.Pick(&tt.query, tt.claims.values)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestPickWhereNoRuleFits(t *testing.T) {
	rule := "rules: [{account: latam, providers: [aws]}]\n"
	for _, tt := range []struct {
		what string
		book *accounts.Book
		want string
	}{
		{"no book", nil, accounts.Default},
		{"a book of nothing", &accounts.Book{}, ""},
		{"a book of one", accounts.Only(accounts.Account{Name: "single"}), "single"},
		{"no rules", read(t, latam+asDefault, alone), "latam"},
		{"a default", read(t, both+rule+"default: emea\n", alone), "emea"},
		{"the environment's account", read(t, latam+rule, beside), accounts.Default},
		{"none", read(t, latam+rule+"default: none\n", alone), ""},
		{
			"a last rule without conditions",
			read(t, both+"rules: [{account: latam, providers: [aws]}, {account: emea}]\n", alone), "emea",
		},
	} {
		t.Run(tt.what, func(t *testing.T) {
			got, ok := tt.book.Pick(&query.Query{Provider: query.Azure}, nil)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
}

// Callers have no claims where nobody looks at their tokens: then no rule that wants one fits.
func TestPickWithoutClaims(t *testing.T) {
	book := read(t, both+"rules: [{account: latam, claim: {name: tenant, values: [acme]}}]\ndefault: emea\n", alone)
	if got, ok := book.Pick(&query.Query{Params: query.Params{}}, nil); got != "emea" || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
}

// A claim is read once, however many rules look at it.
func TestClaimsAreReadOnce(t *testing.T) {
	rules := strings.Repeat("- {account: latam, claim: {name: tenant, values: [globex]}}\n", 100)
	book := read(t, both+"rules:\n"+rules+"default: emea\n", alone)
	reads := 0
	book.Pick(&query.Query{Params: query.Params{}}, func(string) []string {
		reads++
		return []string{"acme"}
	})
	if reads != 1 {
		t.Errorf("the claim was read %d times", reads)
	}
}

func TestPickAllocatesNothing(t *testing.T) {
	book := read(t, threeAccounts+`
rules:
  - {account: latam, distributors: ["2"], providers: [aws]}
  - {account: apac, claim: {name: tenant, values: [acme]}}
default: emea
`, alone)
	q := &query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "1"}}
	globex := claims{"tenant": {"globex"}}.values
	for what, b := range map[string]*accounts.Book{"no book": nil, "rules": book} {
		if n := testing.AllocsPerRun(100, func() { b.Pick(q, globex) }); n > 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

// BenchmarkPick is the longest way: the rules of a thousand tenants, none of them the caller's.
func BenchmarkPick(b *testing.B) {
	rules := strings.Repeat("- {account: latam, claim: {name: tenant, values: [acme]}}\n", 1000)
	book := read(b, both+"rules:\n"+rules+"default: emea\n", alone)
	q := &query.Query{Provider: query.AWS, Params: query.Params{ResellerID: "r-2"}}
	globex := claims{"tenant": {"globex"}}.values
	for b.Loop() {
		book.Pick(q, globex)
	}
}
