package rocketsim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

func TestTwoMonthsAreBothMonths(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		got := get[[]slice](t, c, provider+"/by-month", over("2026-03-01", "2026-04-30"))
		want := get[[]slice](t, c, provider+"/by-month", month("2026-03"))
		want = append(want, get[[]slice](t, c, provider+"/by-month", month("2026-04"))...)
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 2 {
			t.Errorf("%s (-apart +together):\n%s", provider, diff)
		}
	}
}

// TestDaysAreEachInTheirPeriod queries single days too: both ends of a period count.
func TestDaysAreEachInTheirPeriod(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	rows := get[[]slice](t, c, "azure/by-day", over("2026-02-27", "2026-03-02"))
	var labels []string
	for _, row := range rows {
		labels = append(labels, row.Label)
		alone := get[figures](t, c, "azure/indicators", over(row.Label, row.Label))
		expect(t, row.Label, exact(t, row.Value), exact(t, alone.Actual))
	}
	if diff := cmp.Diff([]string{"2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"}, labels); diff != "" {
		t.Error(diff)
	}
}

// TestLastIsTheMonthBefore and the forecast of what is over is what it was.
func TestLastIsTheMonthBefore(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	march := get[figures](t, c, "azure/indicators", month("2026-03"))
	april := get[figures](t, c, "azure/indicators", month("2026-04"))
	expect(t, "last", exact(t, april.Last), exact(t, march.Actual))
	expect(t, "last quantity", exact(t, april.LastQuantity), exact(t, march.ActualQuantity))
	expect(t, "last exchange rate", exact(t, april.LastExchangeRate), exact(t, march.ExchangeRate))
	expect(t, "forecast", exact(t, april.Forecast), exact(t, april.Actual))
}

// TestOpenMonthEndsToday: 18 days have costs, and the forecast goes on to the 30th at the same pace.
func TestOpenMonthEndsToday(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := month("2026-06")
	if days := get[[]slice](t, c, "gcp/by-day", q); len(days) != 18 || days[17].Label != "2026-06-18" {
		t.Errorf("%d days, want the first 18 of June", len(days))
	}
	got := get[figures](t, c, "gcp/indicators", q)
	pace, _ := exact(t, got.Forecast).Quo(exact(t, got.Forecast), exact(t, got.Actual)).Float64()
	if pace < 30.0/18-1e-6 || pace > 30.0/18 {
		t.Errorf("the forecast is %v of the costs so far, want 30/18", pace)
	}
}

// TestPeriodsWithoutCosts: their responses are empty.
func TestPeriodsWithoutCosts(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for name, q := range map[string]query{"to come": month("2027-06"), "forgotten": month("2019-06")} {
		for _, endpoint := range []string{"usages", "by-day", "by-month", "by-publisher", "filters/customers"} {
			if got := c.fetch(t, "azure/"+endpoint, q); got != "[]" {
				t.Errorf("%s: %s: %.100s", name, endpoint, got)
			}
		}
		got := get[figures](t, c, "azure/indicators", q)
		expect(t, name, exact(t, got.Actual), exact(t, "0"))
		expect(t, name+", forecast", exact(t, got.Forecast), exact(t, "0"))
	}
}

// TestForecastOfWidePeriods stays sane where a period sticks out of what the simulator knows: days before it are no part of
// the pace, and from some year on nothing more is forecast, or the sum would overflow.
func TestForecastOfWidePeriods(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	over2019 := get[figures](t, c, "azure/indicators", over("2019-01-01", "2026-05-31"))
	expect(t, "a period that is over", exact(t, over2019.Forecast), exact(t, over2019.Actual))
	forever := get[figures](t, c, "azure/indicators", over("0001-01-01", "9999-12-31"))
	long := get[figures](t, c, "azure/indicators", over("0001-01-01", "2030-12-31"))
	expect(t, "forever", exact(t, forever.Forecast), exact(t, long.Forecast))
	twice := exact(t, long.Actual)
	if twice.Add(twice, twice); exact(t, long.Forecast).Cmp(exact(t, long.Actual)) <= 0 || exact(t, long.Forecast).Cmp(twice) >= 0 {
		t.Errorf("forecast %s with %s in two years", long.Forecast, long.Actual)
	}
}

// TestNumbersAreExact: money comes with all its digits, never as 1e+06 or with a float's tail.
func TestNumbersAreExact(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, row := range get[[]usage](t, c, "azure/usages", month("2026-06")) {
		for _, n := range []json.Number{row.Last, row.Actual, row.Forecast, row.Extra.Estimate} {
			billionths := exact(t, n).Mul(exact(t, n), exact(t, "1000000000"))
			if !billionths.IsInt() || billionths.Sign() < 0 || len(n) > len("1000000.123456789") {
				t.Errorf("%s: %s", row.Name, n)
			}
		}
	}
	if _, err := time.Parse(time.DateOnly, get[[]slice](t, c, "azure/by-day", month("2026-06"))[0].Label); err != nil {
		t.Error(err)
	}
}
