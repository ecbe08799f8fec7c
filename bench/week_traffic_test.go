package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// visit is a request of the week.
type visit struct {
	at      time.Time
	tenant  int    // whose caller it is; -1: the reseller's own staff or job
	subject string // of the caller's token
	person  bool   // a person waits for the response, not a job
	path    string // of the endpoint
	raw     string // query string, as this frontend spells it
}

const (
	tenants     = 50
	staff       = 20
	people      = 3 // of each tenant
	jobParallel = 4 // requests of a job at once
)

// traffic makes the visits of the week.
type traffic struct {
	random *rand.Rand
	all    []visit
}

// weekOfVisits returns the visits in order; they are the same every time.
func weekOfVisits() []visit {
	t := traffic{random: rand.New(rand.NewPCG(2026, 11))}
	for day := monday; day.Before(weekEnd); day = day.AddDate(0, 0, 1) {
		t.day(day)
	}
	slices.SortStableFunc(t.all, func(a, b visit) int { return a.at.Compare(b.at) })
	return t.all
}

func (t *traffic) day(day time.Time) {
	busy := 1.0
	switch {
	case day.Weekday() == time.Saturday || day.Weekday() == time.Sunday:
		busy = 0.15
	case day.After(monthEnd):
		busy = 3 // invoices of the month that has ended
	}
	for tenant := range tenants {
		views := int(busy * (4 + 120/float64(tenant+1))) // a few tenants look often, most seldom
		for range views {
			t.portal(t.workingTime(day), tenant, t.random.IntN(people))
		}
	}
	for n := range staff {
		for range int(busy * 12) {
			t.console(t.workingTime(day), n)
		}
		if n < staff/2 && busy >= 1 { // half of them have the dashboard open, which polls
			for at := day.Add(11 * time.Hour); at.Before(day.Add(21 * time.Hour)); at = at.Add(time.Minute) {
				t.add(at.Add(time.Duration(n)*time.Second), -1, fmt.Sprint("staff", n), "usages", "period=current")
			}
		}
	}
	t.export(day.Add(2*time.Hour), "billing", "invoice_type=1&")
	t.export(day.Add(3*time.Hour), "bi", "")
}

// workingTime returns an instant from 8 to 18 in São Paulo.
func (t *traffic) workingTime(day time.Time) time.Time {
	return day.Add(11*time.Hour + time.Duration(t.random.Int64N(int64(10*time.Hour))))
}

func (t *traffic) add(at time.Time, tenant int, subject, path, raw string) {
	t.all = append(t.all, visit{at: at, tenant: tenant, subject: subject, person: true, path: path, raw: raw})
}

// portal is a tenant's page: this month, the month before and what to choose from, in one burst.
func (t *traffic) portal(at time.Time, tenant, person int) {
	subject := fmt.Sprintf("tenant%d.%d", tenant, person)
	for _, path := range []string{"indicators", "usages", "by-day", "by-category"} {
		t.add(at, tenant, subject, path, "period=current")
	}
	t.add(at, tenant, subject, "indicators", "period=previous")
	t.add(at, tenant, subject, "subscriptions", "period=current")
	if t.random.IntN(4) == 0 { // the chart of a year
		t.year(at.Add(5*time.Second), visit{tenant: tenant, subject: subject, person: true, path: "usages"})
	}
}

// console is the page of the reseller's staff: all customers, and one of them in detail.
func (t *traffic) console(at time.Time, n int) {
	subject, customer := fmt.Sprint("staff", n), fmt.Sprintf("customer_id=c-%d&", t.random.IntN(tenants))
	t.add(at, -1, subject, "usages", "view=customers&period=current")
	t.add(at, -1, subject, "customers", "period=current")
	t.add(at, -1, subject, "indicators", "period=previous")
	for _, path := range []string{"usages", "by-day", "by-publisher"} {
		t.add(at.Add(10*time.Second), -1, subject, path, customer+"period=current")
	}
	if t.random.IntN(3) == 0 {
		t.year(at.Add(20*time.Second), visit{tenant: -1, subject: subject, person: true, path: "usages"})
	}
}

// year adds a visit for each of the twelve months that have ended.
func (t *traffic) year(at time.Time, v visit) {
	for back := range 12 {
		first := time.Date(at.Year(), at.Month()-time.Month(back+1), 1, 0, 0, 0, 0, time.UTC)
		v.at, v.raw = at, "period="+first.Format("2006-01")
		t.all = append(t.all, v)
	}
}

// export is a nightly job, which reads two months and the year of every tenant and spells the days out.
func (t *traffic) export(at time.Time, subject, prefix string) {
	n := 0
	for tenant := range tenants {
		for back := range 12 {
			first := time.Date(at.Year(), at.Month()-time.Month(back), 1, 0, 0, 0, 0, time.UTC)
			for _, path := range []string{"usages", "by-day", "by-category"} {
				if path != "usages" && back > 1 {
					continue
				}
				t.all = append(t.all, visit{
					at: at.Add(time.Duration(n/jobParallel) * 1500 * time.Millisecond), tenant: -1, subject: subject, path: path,
					raw: fmt.Sprintf("%scustomer_id=c-%d&start_time=%s&end_time=%s", prefix, tenant,
						first.Format(time.DateOnly), first.AddDate(0, 1, -1).Format(time.DateOnly)),
				})
				n++
			}
		}
	}
}
