package query_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func instant(t *testing.T, text, zone string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.In(loc)
}

func TestPeriodsOfATrend(t *testing.T) {
	const noon, never = "2026-03-30T12:00:00Z", ""
	for _, tt := range []struct {
		raw, now, zone string
		first, last    query.Period
		count          int
		aligned        bool
		turn           string
	}{
		{
			"", noon, "UTC", query.Period{"2025-04", "2025-04-01", "2025-04-30"}, query.Period{"2026-03", "2026-03-01", "2026-03-31"},
			12, false, "2026-04-01T00:00:00Z",
		},
		{
			"months=2&until=previous", noon, "UTC", query.Period{"2026-01", "2026-01-01", "2026-01-31"},
			query.Period{"2026-02", "2026-02-01", "2026-02-28"},
			2, false, "2026-04-01T00:00:00Z",
		},
		{
			"months=24&until=2024-02", noon, "UTC", query.Period{"2022-03", "2022-03-01", "2022-03-31"},
			query.Period{"2024-02", "2024-02-01", "2024-02-29"},
			24, false, never,
		},
		{ // the shorter month has no day 30
			"months=2&align=days", noon, "UTC", query.Period{"2026-02", "2026-02-01", "2026-02-28"},
			query.Period{"2026-03", "2026-03-01", "2026-03-30"},
			2, true, "2026-03-31T00:00:00Z",
		},
		{
			"months=3&align=days&until=2026-03", "2026-03-05T23:59:59Z", "UTC", query.Period{"2026-01", "2026-01-01", "2026-01-05"},
			query.Period{"2026-03", "2026-03-01", "2026-03-05"}, 3, true, "2026-03-06T00:00:00Z",
		},
		{ // the last month is over
			"months=3&align=days&until=previous", noon, "UTC", query.Period{"2025-12", "2025-12-01", "2025-12-31"},
			query.Period{"2026-02", "2026-02-01", "2026-02-28"}, 3, false, "2026-04-01T00:00:00Z",
		},
		{ // the month is that of the billing time zone
			"months=2&align=days", "2026-04-01T01:00:00Z", "America/Sao_Paulo", query.Period{"2026-02", "2026-02-01", "2026-02-28"},
			query.Period{"2026-03", "2026-03-01", "2026-03-31"}, 2, true, "2026-04-01T00:00:00-03:00",
		},
		{
			"months=2&until=0001-02", noon, "UTC", query.Period{"0001-01", "0001-01-01", "0001-01-31"},
			query.Period{"0001-02", "0001-02-01", "0001-02-28"},
			2, false, never,
		},
	} {
		q, err := query.Parse(query.Trend, query.Azure, tt.raw, instant(t, tt.now, tt.zone))
		if err != nil {
			t.Errorf("%s: %v", tt.raw, err)
			continue
		}
		n := len(q.Periods)
		if n != tt.count || q.Periods[0] != tt.first || q.Periods[n-1] != tt.last || q.Aligned != tt.aligned || q.Start+q.End != "" {
			t.Errorf("%s: %d, %+v … %+v, %v", tt.raw, n, q.Periods[0], q.Periods[n-1], q.Aligned)
		}
		turn := ""
		if !q.Turn.IsZero() {
			turn = q.Turn.Format(time.RFC3339)
		}
		if turn != tt.turn {
			t.Errorf("%s: the turn is %q, want %q", tt.raw, turn, tt.turn)
		}
	}
}

func TestFaultsOfComposedQueries(t *testing.T) {
	const (
		badMonths = "must be a whole number from 2 to 24"
		badAlign  = "is only possible with months=2 or months=3"
		badUntil  = "must be a month as YYYY-MM, or current, or previous"
		badOrder  = "must be one of name, total, change, with a '-' before it for descending order"
	)
	for _, tt := range []struct {
		endpoint *query.Endpoint
		raw      string
		want     []fault.Param
	}{
		{query.Trend, "months=1", []fault.Param{{Name: "months", Message: badMonths}}},
		{query.Trend, "months=25", []fault.Param{{Name: "months", Message: badMonths}}},
		{query.Trend, "months=9223372036854775807", []fault.Param{{Name: "months", Message: badMonths}}},
		{query.Trend, "months=3513283248128&until=0001-01", []fault.Param{
			{Name: "months", Message: badMonths}, {Name: "until", Message: "is too early for 12 months"},
		}},
		{query.Trend, "until=2026-13", []fault.Param{{Name: "until", Message: badUntil}}},
		{query.Trend, "until=0001-01", []fault.Param{{Name: "until", Message: "is too early for 12 months"}}},
		{query.Trend, "align=days", []fault.Param{{Name: "align", Message: badAlign}}},
		{query.Trend, "align=weeks&months=2", []fault.Param{{Name: "align", Message: "must be days"}}},
		{query.Trend, "sort=name,total", []fault.Param{{Name: "sort", Message: badOrder}}},
		{query.Trend, "sort=id", []fault.Param{{Name: "sort", Message: badOrder}}},
		{query.Trend, "period=2026-01", []fault.Param{{Name: "period", Message: unknown + "; a trend has until and months"}}},
		{query.Trend, "n=3", []fault.Param{{Name: "n", Message: unknown}}},
		{query.Trend, "format=xml", []fault.Param{{Name: "format", Message: "must be csv or json"}}},
		{query.Trend, "format=csv&csv=excel", []fault.Param{{Name: "csv", Message: "must be excel-br"}}},
		{query.Usages, "format=json&csv=excel-br", []fault.Param{{Name: "csv", Message: query.NeedsCSV}}},
		{query.Indicators, "format=json", []fault.Param{{Name: "format", Message: unknown}}},
		{query.Top, "n=0&by=name", []fault.Param{
			{Name: "n", Message: "must be a whole number from 1 to 100"}, {Name: "by", Message: "must be actual, last or forecast"},
		}},
		{query.Top, "sort=id", []fault.Param{{Name: "sort", Message: unknown}}},
		{query.Top, "months=2", []fault.Param{{Name: "months", Message: unknown}}},
		{query.Overview, "by=last", []fault.Param{{Name: "by", Message: unknown}}},
		{query.Overview, "format=csv", []fault.Param{{Name: "format", Message: unknown}}},
		{query.Usages, "until=2026-01", []fault.Param{{Name: "until", Message: unknown}}},
	} {
		_, err := query.Parse(tt.endpoint, query.Azure, tt.raw, now)
		if diff := cmp.Diff(tt.want, fault.Of(err).Params); diff != "" {
			t.Errorf("%s?%s: -want +got:\n%s", tt.endpoint.Name, tt.raw, diff)
		}
	}
}

// Each part has the key of the same query to its own endpoint.
func TestPartsAreTheQueriesOfTheirEndpoints(t *testing.T) {
	const ids = "customer_id=c&invoice_type=all&catalog=b&catalog=a&cost=customers"
	for _, tt := range []struct {
		endpoint *query.Endpoint
		raw      string
		parts    map[string]string // by name: endpoint and query string
	}{
		{query.Top, ids + "&n=3&by=last&period=2026-01&view=x", map[string]string{"": "usages?" + ids + "&period=2026-01&view=x"}},
		{query.Trend, ids + "&months=2&until=2026-01&sort=name&limit=2&q=x&format=csv&csv=excel-br&view=x", map[string]string{
			"2025-12": "usages?" + ids + "&period=2025-12&view=x", "2026-01": "usages?" + ids + "&period=2026-01&view=x",
		}},
		{query.Overview, ids + "&n=3&start_time=2026-01-02&end_time=2026-01-03&view=subscriptions", map[string]string{
			"indicators":  "indicators?" + ids + "&start_time=2026-01-02&end_time=2026-01-03",
			"by_day":      "by-day?" + ids + "&start_time=2026-01-02&end_time=2026-01-03",
			"by_category": "by-category?" + ids + "&start_time=2026-01-02&end_time=2026-01-03",
			"top":         "usages?" + ids + "&start_time=2026-01-02&end_time=2026-01-03&view=subscriptions",
		}},
	} {
		q, err := query.Parse(tt.endpoint, query.Azure, tt.raw, now)
		if err != nil || len(q.Parts()) != len(tt.parts) {
			t.Fatalf("%s: %v, %+v", tt.endpoint.Name, err, q.Parts())
		}
		for _, part := range q.Parts() {
			alone := complete(t, tt.parts[part.Name])
			if got := part.Query.Complete(); got.Key() != alone.Key() || got.Endpoint != alone.Endpoint || got.Selects() {
				t.Errorf("%s, part %s: %+v, want %+v", tt.endpoint.Name, part.Name, got, alone)
			}
		}
	}
}

// complete returns the complete query of an endpoint's name and a query string.
func complete(t *testing.T, target string) query.Query {
	t.Helper()
	name, raw, _ := strings.Cut(target, "?")
	q, err := query.Parse(query.EndpointNamed(name), query.Azure, raw, now)
	if err != nil {
		t.Fatal(err)
	}
	return q.Complete()
}

// What was resolved is in the location; what the gateway filled in by itself, beside the months, is not.
func TestLocationsOfComposedQueries(t *testing.T) {
	const same = "customer_id=c&view=subscriptions&invoice_type=1&cost=resellers&catalog=consumption&catalog=marketplace"
	for target, want := range map[string]string{
		"usages/top?customer_id=c&period=2026-01": "usages/top?start_time=2026-01-01&end_time=2026-01-31&" + same,
		"usages/top?customer_id=c&by=last&n=3&period=2026-01": "usages/top?start_time=2026-01-01&end_time=2026-01-31&" + same +
			"&n=3&by=last",
		"trend?customer_id=c&until=2026-01":                    "trend?" + same + "&months=12&until=2026-01",
		"trend?customer_id=c&until=2026-01&months=3&sort=name": "trend?" + same + "&sort=name&months=3&until=2026-01",
		"overview?customer_id=c&period=2026-01&n=5":            "overview?start_time=2026-01-01&end_time=2026-01-31&" + same + "&n=5",
	} {
		q := complete(t, target)
		parts := q.Parts()
		last := parts[len(parts)-1].Query.Complete()
		resolved := q.Resolved(&last)
		if got := string(resolved.AppendLocation(nil)); got != "/v1/azure/"+want {
			t.Errorf("%s:\n got %s\nwant /v1/azure/%s", target, got, want)
		}
	}
}
