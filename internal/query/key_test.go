package query_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// parse reads a query string as the server does.
func parse(raw string) (p query.Params, ok bool) {
	p, faults := query.Bind(query.Usages, raw)
	return p, len(faults) == 0
}

// meaning is everything that a query means, without the code that makes keys.
func meaning(q query.Query) string {
	text, err := json.Marshal([]any{
		q.Account, q.Provider, q.Endpoint.Name, q.Start, q.End, q.DistributorID, q.ResellerID, q.CustomerID, q.SubscriptionID,
		q.ResourceGroup, q.ResourceID, q.View, q.InvoiceType, q.Cost, q.Catalog,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// tricky texts try to imitate the borders between components.
var tricky = rapid.OneOf(
	rapid.SampledFrom([]string{"", "a", "b", "ab", "\"", ",", "a,b", "1", "customers", "resellers", "2025-06-01", " "}),
	rapid.StringMatching(`[a-c,"|:&=%]{0,4}`),
)

var anyQuery = rapid.Custom(func(t *rapid.T) query.Query {
	p := query.Params{
		Period:        rapid.SampledFrom([]string{"", "current", "previous", "2025-06", "2025-05"}).Draw(t, "period"),
		DistributorID: tricky.Draw(t, "distributor"), ResellerID: tricky.Draw(t, "reseller"), CustomerID: tricky.Draw(t, "customer"),
		SubscriptionID: tricky.Draw(t, "subscription"), ResourceGroup: tricky.Draw(t, "group"), ResourceID: tricky.Draw(t, "resource"),
		View:        rapid.SampledFrom([]string{"", "customers", "resellers", "subscriptions"}).Draw(t, "view"),
		InvoiceType: tricky.Draw(t, "invoice"), Cost: tricky.Draw(t, "cost"), Catalog: rapid.SliceOfN(tricky, 0, 3).Draw(t, "catalog"),
	}
	endpoint := rapid.SampledFrom(query.Endpoints()).Draw(t, "endpoint")
	provider := rapid.SampledFrom([]query.Provider{query.Azure, query.AWS, query.GCP}).Draw(t, "provider")
	q, err := query.New(endpoint, provider, p, now)
	if err != nil {
		t.Fatal(err)
	}
	q.Account = rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "account")
	return q.Complete()
})

func TestOneKeyForOneMeaningAlone(t *testing.T) {
	testkit.Check(t, func(t *rapid.T) {
		a, b := anyQuery.Draw(t, "a"), anyQuery.Draw(t, "b")
		if same := meaning(a) == meaning(b); same != (a.Key() == b.Key()) {
			t.Fatalf("same meaning: %v, same key: %v\n%s\n%s", same, !same, meaning(a), meaning(b))
		}
	})
}

// Two random queries seldom differ in one place only, so this one moves a single border at a time.
func TestNeighbouringTextsDoNotRunTogether(t *testing.T) {
	testkit.Check(t, func(t *rapid.T) {
		text := []rune(rapid.StringN(1, 12, -1).Draw(t, "text"))
		i, j := rapid.IntRange(0, len(text)).Draw(t, "i"), rapid.IntRange(0, len(text)).Draw(t, "j")
		a := query.Query{Endpoint: query.Usages, Params: query.Params{ResellerID: string(text[:i]), CustomerID: string(text[i:])}}
		b := query.Query{Endpoint: query.Usages, Params: query.Params{ResellerID: string(text[:j]), CustomerID: string(text[j:])}}
		if (i == j) != (a.Key() == b.Key()) {
			t.Fatalf("%q cut at %d and %d", string(text), i, j)
		}
	})
}

func TestCatalogsDoNotRunTogether(t *testing.T) {
	a := query.Query{Endpoint: query.Usages, Params: query.Params{Catalog: []string{"a", "b"}}}
	for _, other := range [][]string{{"ab"}, {"a"}, {"a", "b", ""}, {"a\x01b"}, {"\x01a\x01b"}} {
		if b := (query.Query{Endpoint: query.Usages, Params: query.Params{Catalog: other}}); a.Key() == b.Key() {
			t.Errorf("%q shares a key with %q", a.Catalog, other)
		}
	}
}

func TestSpellingsOfOneQuery(t *testing.T) {
	want := keyOf(t, "start_time=2025-06-01&end_time=2025-06-30&customer_id=c%201")
	for _, raw := range []string{
		"customer_id=c%201&end_time=2025-06-30&start_time=2025-06-01",
		"period=2025-06&customer_id=c+1",
		"customer_id=%63%201",
		"period=current&customer_id=c+1",
		"customer_id=c+1&view=subscriptions&cost=resellers&invoice_type=1",
		"customer_id=c+1&catalog=marketplace&catalog=consumption&catalog=marketplace",
		"&&customer_id=c+1&view=&period=&catalog=&",
	} {
		if got := keyOf(t, raw); got != want {
			t.Errorf("%s has a key of its own", raw)
		}
	}
}

func keyOf(t *testing.T, raw string) query.Key {
	t.Helper()
	p, ok := parse(raw)
	if !ok {
		t.Fatalf("%s is malformed", raw)
	}
	q := ask(t, query.Usages, p, now)
	return q.Key()
}

func TestKeyIsStable(t *testing.T) {
	const want = "6l6mO4qDnj4y2k3bxSCcZiyTZOj1C0gGUJ6prvxxgm8"
	if got := keyOf(t, "period=2025-06&customer_id=c1").String(); got != want {
		t.Errorf("key %s, want %s: a changed canonical form needs a new canonicalVersion", got, want)
	}
}

// The canonical form is in the cache of every release: these are its bytes.
func TestCanonical(t *testing.T) {
	q, err := query.New(query.ByTag, query.GCP, query.Params{
		Start: "2025-06-01", End: "2025-06-30", DistributorID: "d", ResellerID: "r", CustomerID: "é", SubscriptionID: "s",
		ResourceGroup: "g", ResourceID: strings.Repeat("i", 200), View: "v", InvoiceType: "2", Cost: "c", Catalog: []string{"y", "x"},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	q.Account = "one"
	want := "\x02q1\x03one\x03gcp\x06by-tag\x0a2025-06-01\x0a2025-06-30\x01d\x01r\x02é\x01s\x01g\xc8\x01" + strings.Repeat("i", 200) +
		"\x01v\x012\x01c\x01x\x01y"
	if got := string(q.Canonical()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	bare := query.Query{Endpoint: query.Usages}
	if got, want := string(bare.Canonical()), "\x02q1\x00\x00\x06usages"+strings.Repeat("\x00", 11); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// An omitted filter is another query than one for the text "all", which releases before sent to Rocket.
func TestCanonicalOfOmittedFilters(t *testing.T) {
	p, _ := parse("period=2025-06&catalog=all&invoice_type=all&cost=all")
	q := ask(t, query.Usages, p, now)
	want := "\x02q1\x00\x05azure\x06usages\x0a2025-06-01\x0a2025-06-30\x00\x00\x00\x00\x00\x00\x09customers\x04\x00all\x03all\x04\x00all"
	if got := string(q.Canonical()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func BenchmarkKey(b *testing.B) {
	q, _ := query.New(query.Usages, query.Azure, query.Params{CustomerID: "96e9b693-5cc0-4f19-bc9a-1ccba175da87"}, now)
	q = q.Complete()
	b.ReportAllocs()
	for b.Loop() {
		_ = q.Key()
	}
}

func FuzzNew(f *testing.F) {
	f.Add("start_time=2025-06-01&end_time=2025-06-30&catalog=b&catalog=a", uint64(1))
	f.Add("period=current&customer_id=%00&view=x", uint64(2))
	f.Add("catalog=a%2Cb&catalog=a&resource_id=%F0%9D%94%98", uint64(3))
	f.Fuzz(func(t *testing.T, raw string, seed uint64) {
		p, ok := parse(raw)
		if !ok {
			return
		}
		q, err := query.New(query.Usages, query.Azure, p, now)
		if err != nil {
			return
		}
		q = q.Complete()
		pairs := slices.DeleteFunc(strings.Split(raw, "&"), func(pair string) bool { return pair == "" })
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		for _, c := range q.Catalog { // doubled
			pairs = append(pairs, "catalog="+url.QueryEscape(c))
		}
		again, ok := parse(strings.Join(pairs, "&"))
		if !ok {
			t.Fatalf("%q is fine, its permutation is not", raw)
		}
		other, err := query.New(query.Usages, query.Azure, again, now)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		other = other.Complete()
		if q.Key() != other.Key() {
			t.Fatalf("%q and its permutation have two keys", raw)
		}
		if len(q.Catalog) > 20 || q.End < q.Start {
			t.Fatalf("%q is %+v", raw, q)
		}
	})
}
