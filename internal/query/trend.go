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

// months fills the parameters of a Trend's months in, and returns its periods, oldest first, with the instant at which the same
// parameters begin to mean others, or zero.
func (c calendar) months(p *Params) (periods []Period, aligned bool, turn time.Time) {
	count := cmp.Or(c.number("months", p.Months, leastMonths, mostMonths), defaultMonths)
	c.addIf(p.Align != "" && p.Align != "days", "align", "must be days")
	c.addIf(p.Align != "" && count > mostAligned, "align", "is only possible with months=2 or months=3")
	last, turn, ok := c.month("until", p.Until)
	if early := last.AddDate(0, 1-count, 0).Year() < 1; early || !ok {
		c.addIf(ok, "until", "is too early for "+strconv.Itoa(count)+" months")
		return nil, false, turn
	}
	p.Months, p.Until = strconv.Itoa(count), last.Format(monthForm)
	days := wholeMonth
	aligned = p.Align != "" && p.Until == c.now.Format(monthForm)
	if aligned {
		days = c.now.Day()
		turn = time.Date(c.now.Year(), c.now.Month(), c.now.Day()+1, 0, 0, 0, 0, c.now.Location())
	}
	for back := range count {
		periods = append(periods, periodOf(last.AddDate(0, back+1-count, 0), days))
	}
	return periods, aligned, turn
}
