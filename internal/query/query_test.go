package query_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// now is the last second of June in São Paulo, and already July in UTC.
var (
	saoPaulo = location("America/Sao_Paulo")
	now      = time.Date(2025, 6, 30, 23, 59, 59, 0, saoPaulo)
)

func location(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func ask(t *testing.T, endpoint *query.Endpoint, p query.Params, at time.Time) query.Query {
	t.Helper()
	q, err := query.New(endpoint, query.Azure, p, at)
	if err != nil {
		t.Fatal(err)
	}
	return q.Complete()
}

func TestPeriods(t *testing.T) {
	july := time.Date(2025, 7, 1, 0, 0, 0, 0, saoPaulo)
	for name, c := range map[string]struct {
		params     query.Params
		at         time.Time
		start, end query.Day
		turn       time.Time
	}{
		"none is the current month": {query.Params{}, now, "2025-06-01", "2025-06-30", july},
		"current":                   {query.Params{Period: "current"}, now, "2025-06-01", "2025-06-30", july},
		"current, a second later": {
			query.Params{Period: "current"}, now.Add(time.Second), "2025-07-01", "2025-07-31", july.AddDate(0, 1, 0),
		},
		"the same instant in another zone": {
			query.Params{}, now.UTC(), "2025-07-01", "2025-07-31", time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC),
		},
		"previous": {query.Params{Period: "previous"}, now, "2025-05-01", "2025-05-31", july},
		"previous in January": {
			query.Params{Period: "previous"}, time.Date(2025, 1, 31, 12, 0, 0, 0, saoPaulo), "2024-12-01", "2024-12-31",
			time.Date(2025, 2, 1, 0, 0, 0, 0, saoPaulo),
		},
		"previous on 31 March": {
			query.Params{Period: "previous"}, time.Date(2025, 3, 31, 12, 0, 0, 0, saoPaulo), "2025-02-01", "2025-02-28",
			time.Date(2025, 4, 1, 0, 0, 0, 0, saoPaulo),
		},
		"a month":         {query.Params{Period: "2024-02"}, now, "2024-02-01", "2024-02-29", time.Time{}},
		"a month to come": {query.Params{Period: "2031-12"}, now, "2031-12-01", "2031-12-31", time.Time{}},
		"days": {
			query.Params{Start: "2025-01-31", End: "2025-02-01"}, now, "2025-01-31", "2025-02-01", time.Time{},
		},
		"one day": {
			query.Params{Start: "2025-01-31", End: "2025-01-31"}, now, "2025-01-31", "2025-01-31", time.Time{},
		},
		"366 days": {
			query.Params{Start: "2024-01-01", End: "2024-12-31"}, now, "2024-01-01", "2024-12-31", time.Time{},
		},
		"the days that are the current month": {
			query.Params{Start: "2025-06-01", End: "2025-06-30"}, now, "2025-06-01", "2025-06-30", time.Time{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask(t, query.Usages, c.params, c.at)
			if q.Start != c.start || q.End != c.end {
				t.Errorf("period %s to %s, want %s to %s", q.Start, q.End, c.start, c.end)
			}
			if !q.Turn.Equal(c.turn) {
				t.Errorf("turn %s, want %s", q.Turn, c.turn)
			}
		})
	}
}

// The clocks of Asunción once went forward at midnight on the first of a month.
func TestAMonthThatBeginsAtOne(t *testing.T) {
	loc := location("America/Asuncion")
	q := ask(t, query.Usages, query.Params{}, time.Date(2023, 10, 18, 12, 0, 0, 0, loc))
	if q.Start != "2023-10-01" || q.End != "2023-10-31" || q.Turn.In(loc).Format(time.DateTime) != "2023-11-01 00:00:00" {
		t.Errorf("%s to %s, turn %s", q.Start, q.End, q.Turn)
	}
}

func TestDefaults(t *testing.T) {
	for _, e := range query.Endpoints() {
		q := ask(t, e, query.Params{}, now)
		view := map[string]string{"usages": "customers", "customers": "customers", "subscriptions": "subscriptions"}[e.Name]
		if view == "" {
			view = "resellers"
		}
		if q.View != view {
			t.Errorf("%s: view %q, want %q", e.Name, q.View, view)
		}
		if q.InvoiceType != "1" || q.Cost != "resellers" || !cmp.Equal(q.Catalog, []string{"consumption", "marketplace"}) {
			t.Errorf("%s: invoice_type %q, cost %q, catalog %q", e.Name, q.InvoiceType, q.Cost, q.Catalog)
		}
	}
}

func TestViewFollowsFromTheCustomer(t *testing.T) {
	for _, c := range []struct {
		endpoint *query.Endpoint
		params   query.Params
		want     string
	}{
		{query.Usages, query.Params{CustomerID: "c"}, "subscriptions"},
		{query.Usages, query.Params{CustomerID: "c", View: "customers"}, "customers"},
		{query.Usages, query.Params{ResellerID: "r"}, "customers"},
		{query.Customers, query.Params{CustomerID: "c"}, "customers"},
		{query.ByDay, query.Params{CustomerID: "c"}, "resellers"},
	} {
		if got := ask(t, c.endpoint, c.params, now).View; got != c.want {
			t.Errorf("%s %+v: view %q, want %q", c.endpoint.Name, c.params, got, c.want)
		}
	}
}

func TestCompleteSeesWhatWasFilledInLater(t *testing.T) {
	q, err := query.New(query.Usages, query.AWS, query.Params{}, now)
	if err != nil {
		t.Fatal(err)
	}
	q.CustomerID = "filled in"
	if got := q.Complete().View; got != "subscriptions" {
		t.Errorf("view %q, want subscriptions", got)
	}
}

func TestFaultsNameTheParameterAndAreAllThere(t *testing.T) {
	long := strings.Repeat("é", 257)
	many := make([]string, 21)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	for name, c := range map[string]struct {
		params query.Params
		want   []string
	}{
		"start alone": {query.Params{Start: "2025-06-01"}, []string{"end_time"}},
		"end alone":   {query.Params{End: "2025-06-01"}, []string{"start_time"}},
		"not a day":   {query.Params{Start: "2025-02-30", End: "2025-06-1"}, []string{"start_time", "end_time"}},
		"a time":      {query.Params{Start: "2025-06-01T00:00:00Z", End: "2025-06-02"}, []string{"start_time"}},
		"end first":   {query.Params{Start: "2025-06-02", End: "2025-06-01"}, []string{"start_time", "end_time"}},
		"367 days":    {query.Params{Start: "2024-01-01", End: "2025-01-01"}, []string{"start_time", "end_time"}},
		"millennia":   {query.Params{Start: "0001-01-01", End: "9999-12-31"}, []string{"start_time", "end_time"}},
		"period and days": {
			query.Params{Period: "current", Start: "2025-06-01", End: "2025-06-02"}, []string{"period", "start_time", "end_time"},
		},
		"period and start":      {query.Params{Period: "current", Start: "2025-06-01"}, []string{"period", "start_time", "end_time"}},
		"no such month":         {query.Params{Period: "2025-13"}, []string{"period"}},
		"next":                  {query.Params{Period: "next"}, []string{"period"}},
		"Current":               {query.Params{Period: "Current"}, []string{"period"}},
		"too long":              {query.Params{CustomerID: long}, []string{"customer_id"}},
		"control character":     {query.Params{ResourceID: "a\nb", ResourceGroup: "\u0085"}, []string{"resource_group", "resource_id"}},
		"not UTF-8":             {query.Params{DistributorID: "\xff"}, []string{"distributor_id"}},
		"views":                 {query.Params{View: "Customers"}, []string{"view"}},
		"view with a digit":     {query.Params{View: "1customers"}, []string{"view"}},
		"view too long":         {query.Params{View: strings.Repeat("v", 65)}, []string{"view"}},
		"21 catalogs":           {query.Params{Catalog: many}, []string{"catalog"}},
		"all and a catalog":     {query.Params{Catalog: []string{"all", "", "consumption"}}, []string{"catalog"}},
		"catalog with controls": {query.Params{Catalog: []string{"a", "\x00"}}, []string{"catalog"}},
		"all at once": {
			query.Params{
				Start: "x", End: "y", Period: "z", DistributorID: long, ResellerID: long, CustomerID: long, SubscriptionID: long,
				ResourceGroup: long, ResourceID: long, View: "!", InvoiceType: long, Cost: long, Catalog: []string{long},
			},
			[]string{
				"period", "start_time", "end_time", "distributor_id", "reseller_id", "customer_id", "subscription_id", "resource_group",
				"resource_id", "invoice_type", "cost", "view", "catalog",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := query.New(query.Usages, query.Azure, c.params, now)
			f := fault.Of(err)
			if f.Kind != fault.InvalidRequest {
				t.Fatalf("kind %q, want %q", f.Kind, fault.InvalidRequest)
			}
			var got []string
			for _, p := range f.Params {
				got = append(got, p.Name)
				if p.Message == "" {
					t.Errorf("%s has no message", p.Name)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsAllowed(t *testing.T) {
	many := []string{""}
	for i := range 20 {
		many = append(many, strings.Repeat("x", i+1), strings.Repeat("x", i+1))
	}
	for name, p := range map[string]query.Params{
		"256 characters of four bytes": {CustomerID: strings.Repeat("𝔘", 256)},
		"slashes and quotes":           {ResourceID: `/subscriptions/1/it's "here" & <there>`},
		"white space is kept":          {ResellerID: " a "},
		"a view of 64":                 {View: "v" + strings.Repeat("-", 63)},
		"20 catalogs, doubled":         {Catalog: many},
		"unknown texts":                {InvoiceType: "99", Cost: "anyone"},
		"no filters":                   {InvoiceType: "all", Catalog: []string{"all", "", "all"}},
	} {
		if _, err := query.New(query.ByTag, query.GCP, p, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCatalogIsASet(t *testing.T) {
	q := ask(t, query.Usages, query.Params{Catalog: []string{"b", "", "a", "b", "a,b"}}, now)
	if diff := cmp.Diff([]string{"a", "a,b", "b"}, q.Catalog); diff != "" {
		t.Error(diff)
	}
	q = ask(t, query.Usages, query.Params{Catalog: []string{"", ""}}, now)
	if diff := cmp.Diff([]string{"consumption", "marketplace"}, q.Catalog); diff != "" {
		t.Error("only empty values:", diff)
	}
}
