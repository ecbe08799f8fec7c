package rocketsim_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// TestSameClockSameBytes queries two servers, each more than once, since map order shows only by chance.
func TestSameClockSameBytes(t *testing.T) {
	t.Parallel()
	one, other := open(t, rocketsim.Options{}), open(t, rocketsim.Options{})
	type request struct {
		endpoint string
		q        query
	}
	june := month("2026-06").without("invoice_type")
	requests := []request{
		{"azure/indicators", june}, {"gcp/by-day", june}, {"aws/by-month", over("2025-01-01", "2026-06-30")},
		{"aws/by-publisher", june}, {"gcp/by-category", june}, {"azure/by-tag", june}, {"gcp/resellers", june},
		{"azure/filters/customers", june}, {"aws/filters/subscriptions", june}, {"aws/usages", june.with("cost", "customers")},
	}
	for _, provider := range providers {
		for _, view := range allViews {
			requests = append(requests, request{provider + "/usages", june.with("view", view)})
		}
	}
	for _, r := range requests {
		want := one.fetch(t, r.endpoint, r.q)
		for range 2 {
			if one.fetch(t, r.endpoint, r.q) != want || other.fetch(t, r.endpoint, r.q) != want {
				t.Errorf("%s %s has more than one response", r.endpoint, r.q)
				break
			}
		}
	}
}

// TestThePastStays: a month later, or a minute before midnight, the costs of a day that was over are what they were.
func TestThePastStays(t *testing.T) {
	t.Parallel()
	now := open(t, rocketsim.Options{})
	for _, provider := range providers {
		for name, at := range map[string]time.Time{
			"a month later":   today.AddDate(0, 1, 0),
			"a year later":    today.AddDate(1, 0, 0),
			"before midnight": time.Date(2026, 6, 18, 23, 59, 59, 0, time.UTC),
		} {
			later := open(t, rocketsim.Options{Now: fixed(at)})
			q := over("2026-04-01", "2026-05-31")
			for _, endpoint := range []string{"/by-day", "/by-month", "/usages", "/indicators", "/by-tag", "/filters/customers"} {
				if now.fetch(t, provider+endpoint, q) != later.fetch(t, provider+endpoint, q) {
					t.Errorf("%s%s changed %s", provider, endpoint, name)
				}
			}
		}
	}
}

// TestAnOpenMonthGrowsByDays: the rows that were there stay, and new ones follow.
func TestAnOpenMonthGrowsByDays(t *testing.T) {
	t.Parallel()
	then := get[[]slice](t, open(t, rocketsim.Options{}), "azure/by-day", month("2026-06"))
	later := get[[]slice](t, open(t, rocketsim.Options{Now: fixed(today.AddDate(0, 1, 0))}), "azure/by-day", month("2026-06"))
	if len(then) != 18 || len(later) != 30 {
		t.Fatalf("%d days, then %d", len(then), len(later))
	}
	for i, row := range then {
		if row.Label != later[i].Label || row.Value != later[i].Value {
			t.Errorf("%+v became %+v", row, later[i])
		}
	}
}

// TestTheClockIsUTC: the time zone of the clock moves no day.
func TestTheClockIsUTC(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 18, 23, 30, 0, 0, time.FixedZone("BRT", -3*3600))
	days := get[[]slice](t, open(t, rocketsim.Options{Now: fixed(at)}), "azure/by-day", month("2026-06"))
	if last := days[len(days)-1].Label; last != "2026-06-19" {
		t.Errorf("the last day is %s, but in UTC it is the 19th", last)
	}
}
