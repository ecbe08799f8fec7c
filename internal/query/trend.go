package query

import (
	"cmp"
	"strconv"
	"time"
)

// Period is the part of a Trend that one month contributes.
type Period struct {
	Month      string // as YYYY-MM
	Start, End Day    // both included
}

const (
	defaultMonths = 12
	leastMonths   = 2
	mostMonths    = 24
	mostAligned   = 3 // months of a Trend with align=days
)

// resolveMonths fills the parameters of a Trend's months in, and returns its periods, oldest first, with the instant at which the same
// parameters begin to mean others, or zero.
func (f *faults) resolveMonths(p *Params, now time.Time) (periods []Period, aligned bool, turn time.Time) {
	count := cmp.Or(f.number("months", p.Months, leastMonths, mostMonths), defaultMonths)
	f.addIf(p.Align != "" && p.Align != "days", "align", "must be days")
	f.addIf(p.Align != "" && count > mostAligned, "align", "is possible with months=2 and months=3 alone")
	last, turn, ok := f.month("until", p.Until, now)
	if early := last.AddDate(0, 1-count, 0).Year() < 1; early || !ok {
		f.addIf(ok, "until", "is too early for "+strconv.Itoa(count)+" months")
		return nil, false, turn
	}
	p.Months, p.Until = strconv.Itoa(count), last.Format(monthForm)
	days := wholeMonth
	aligned = p.Align != "" && p.Until == now.Format(monthForm)
	if aligned {
		days = now.Day()
		turn = time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	}
	for back := range count {
		periods = append(periods, periodOf(last.AddDate(0, back+1-count, 0), days))
	}
	return periods, aligned, turn
}

const wholeMonth = 31 // days

// periodOf returns the first days of a month, or all of them if it has no more.
func periodOf(month time.Time, days int) Period {
	end := month.AddDate(0, 0, days-1)
	if last := month.AddDate(0, 1, -1); end.After(last) {
		end = last
	}
	return Period{Month: month.Format(monthForm), Start: Day(month.Format(time.DateOnly)), End: Day(end.Format(time.DateOnly))}
}
