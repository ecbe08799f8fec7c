package upstream_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// paths are those of Rocket's endpoints, below /api/v4/{provider}/.
var paths = map[*query.Endpoint]string{
	query.Usages:        "usages",
	query.Indicators:    "indicators",
	query.ByDay:         "by-day",
	query.ByMonth:       "by-month",
	query.ByPublisher:   "by-publisher",
	query.ByCategory:    "by-category",
	query.ByTag:         "by-tag",
	query.Customers:     "filters/customers",
	query.Subscriptions: "filters/subscriptions",
	query.Resellers:     "resellers",
}

// everything sets each parameter, with characters that JSON, HTML and URLs treat in their own ways.
func everything(t *testing.T) query.Params {
	t.Helper()
	values := url.Values{
		"start_time": {"2024-02-29"}, "end_time": {"2025-02-28"}, "period": nil, "distributor_id": {"дистрибьютор/1"},
		"reseller_id": {`R&D <b>"x"</b> \ '`}, "customer_id": {"客户 🚀"}, "subscription_id": {"a+b%20c?d=e#f"},
		"resource_group": {"São Paulo"}, "resource_id": {"one\u2028two"}, "view": {"my_view-1"}, "invoice_type": {"2"},
		"cost": {"customers"}, "catalog": {"ñandú", "<&>", "Zeta", "alpha"},
	}
	for _, name := range query.Names(query.Indicators) {
		if _, ok := values[name]; !ok {
			values[name] = []string{"<" + name + ">"}
		}
	}
	p, faults := query.Bind(query.Usages, values.Encode())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return p
}

func TestBodies(t *testing.T) {
	if len(paths) != len(query.Endpoints()) {
		t.Error("an endpoint is missing in this test")
	}
	for _, e := range query.Endpoints() {
		for _, p := range []query.Provider{query.Azure, query.AWS, query.GCP} {
			t.Run(e.Name+"/"+string(p), func(t *testing.T) {
				golden(t, e.Name, received(t, newQuery(t, e, p, query.Params{})))
			})
		}
	}
}

func TestBodyWithEveryParameter(t *testing.T) {
	body := received(t, newQuery(t, query.ByDay, query.GCP, everything(t)))
	golden(t, "everything", body)
	var got struct{ Filters []map[string]string }
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{
		line("start_time", "2024-02-29"), line("end_time", "2025-02-28"), line("distributor_id", "дистрибьютор/1"),
		line("reseller_id", `R&D <b>"x"</b> \ '`), line("customer_id", "客户 🚀"), line("subscription_id", "a+b%20c?d=e#f"),
		line("resource_group", "São Paulo"), line("resource_id", "one\u2028two"), line("view", "my_view-1"),
		line("invoice_type", "2"), line("cost", "customers"),
		line("catalog", "<&>"), line("catalog", "Zeta"), line("catalog", "alpha"), line("catalog", "ñandú"),
	}
	if diff := cmp.Diff(want, got.Filters[:len(want)]); diff != "" { // parameters that came later are in the golden file
		t.Error(diff)
	}
}

// "all" omits the filter, and no other parameter has such a value.
func TestBodyWithoutFilters(t *testing.T) {
	for name, c := range map[string]struct {
		params query.Params
		want   []map[string]string
	}{
		"both":    {query.Params{InvoiceType: "all", Catalog: []string{"all"}}, []map[string]string{line("cost", "resellers")}},
		"catalog": {query.Params{Catalog: []string{"all", "", "all"}}, []map[string]string{line("invoice_type", "1"), line("cost", "resellers")}},
		"type": {query.Params{InvoiceType: "all", Catalog: []string{"ALL"}, Cost: "all"},
			[]map[string]string{line("cost", "all"), line("catalog", "ALL")}},
	} {
		var got struct{ Filters []map[string]string }
		if err := json.Unmarshal([]byte(received(t, newQuery(t, query.Usages, query.Azure, c.params))), &got); err != nil {
			t.Fatal(err)
		}
		const others = 9 // keys, up to view
		if diff := cmp.Diff(c.want, got.Filters[others:]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func line(key, value string) map[string]string { return map[string]string{"key": key, "value": value} }

// The vendor's page shows the body of this very query, with line breaks.
func TestBodyIsThatOfTheVendorsPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("testdata", "vendor-page.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, bytes.TrimSpace(page)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), received(t, usages(t))); diff != "" {
		t.Error(diff)
	}
}

func TestSameMeaningSameBytes(t *testing.T) {
	tests := map[string]struct {
		endpoint *query.Endpoint
		one, two query.Params
	}{
		"permuted catalogs": {
			query.Usages, query.Params{Catalog: []string{"b", "a", "c"}}, query.Params{Catalog: []string{"c", "b", "a"}},
		},
		"doubled catalogs": {
			query.Usages, query.Params{Catalog: []string{"a", "b", "a", "", "b"}}, query.Params{Catalog: []string{"b", "a"}},
		},
		"period or dates": {
			query.ByMonth, query.Params{Period: "2024-02"}, query.Params{Start: "2024-02-01", End: "2024-02-29"},
		},
		"current or named": {query.ByDay, query.Params{Period: "current"}, query.Params{Period: "2025-06"}},
		"previous or named": {
			query.ByDay, query.Params{Period: "previous"}, query.Params{Start: "2025-05-01", End: "2025-05-31"},
		},
		"defaults spelled out": {query.Usages, query.Params{}, query.Params{
			Period: "current", View: "customers", InvoiceType: "1", Cost: "resellers",
			Catalog: []string{"marketplace", "consumption"},
		}},
		"view of one customer": {
			query.Usages, query.Params{CustomerID: "7"}, query.Params{CustomerID: "7", View: "subscriptions"},
		},
		"view of a picker": {query.Subscriptions, query.Params{}, query.Params{View: "subscriptions"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			one := received(t, newQuery(t, test.endpoint, query.AWS, test.one))
			two := received(t, newQuery(t, test.endpoint, query.AWS, test.two))
			if diff := cmp.Diff(one, two); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// received sends the query to a server, checks path and headers, and returns the body that arrived.
func received(t *testing.T, q *query.Query) string {
	t.Helper()
	reply := "[]"
	if q.Endpoint.Shape == query.Object {
		reply = `{"name":"all","actual":1,"last":1}`
	}
	r := start(t, nil, returns(reply))
	if _, err := fetch(t, connect(t, options(t, r.URL+"/rocketsvc")), q); err != nil {
		t.Fatal(err)
	}
	_, queries := r.seen()
	got := queries[0]
	want := request{method: "POST", path: "/rocketsvc/api/v4/" + string(q.Provider) + "/" + paths[q.Endpoint]}
	if got.method != want.method || got.path != want.path {
		t.Errorf("got %s %s, want %s %s", got.method, got.path, want.method, want.path)
	}
	wantHeader(t, got, "Content-Type", "application/json")
	wantHeader(t, got, "Accept", "application/json")
	wantHeader(t, got, "Authorization", "Bearer token-1")
	return got.body
}

func wantHeader(t *testing.T, r request, name string, values ...string) {
	t.Helper()
	if diff := cmp.Diff(values, r.header[name]); diff != "" {
		t.Errorf("%s of %s %s: %s", name, r.method, r.path, diff)
	}
}

// golden compares with testdata/<name>.json, which holds the bytes as they are, without a final line break.
func golden(t *testing.T, name, body string) {
	t.Helper()
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), body); diff != "" {
		t.Errorf("%s (-update writes it anew): %s", file, diff)
	}
}
