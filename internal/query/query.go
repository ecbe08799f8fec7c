package query

import (
	"cmp"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Query is a valid, canonical query. Its Params have the resolved period in Start and End, both included, and an empty Period; lists
// are sorted and distinct.
type Query struct {
	Account  string // identity of the service account at Rocket
	Provider Provider
	Endpoint *Endpoint
	Params
	Selection           // of the rows of a list; what Rocket is sent and Key do not depend on it
	Periods   []Period  // of a Trend, oldest first; it has no Start and End
	Aligned   bool      // the Periods are equally long, as far as their months are
	Turn      time.Time // when the caller's period begins to mean other days; zero: never
}

// defaultCost is the default of callers without profiles.
const defaultCost = levelResellers

// Parse returns the query that a query string means at the instant now, whose location is the billing time zone. View and Cost stay
// empty if they are absent, until Complete. The error is a *fault.Error with all faults; the query then lacks the faulty parameters.
func Parse(endpoint *Endpoint, provider Provider, raw string, now time.Time) (Query, error) {
	p, malformed := Bind(endpoint, raw)
	return resolve(endpoint, provider, p, faults{malformed, len(malformed)}, now)
}

// New is Parse for parameters that are bound already.
func New(endpoint *Endpoint, provider Provider, p Params, now time.Time) (Query, error) {
	return resolve(endpoint, provider, p, faults{}, now)
}

func resolve(endpoint *Endpoint, provider Provider, p Params, found faults, now time.Time) (Query, error) {
	q := Query{Provider: provider, Endpoint: endpoint}
	if endpoint == Trend {
		q.Periods, q.Aligned, q.Turn = found.resolveMonths(&p, now)
	} else {
		q.Turn = found.resolvePeriod(&p, now)
	}
	found.normalize(&p)
	q.Selection = found.selection(endpoint, &p)
	found.checkFormat(&p)
	if len(found.params) > 0 {
		found.clear(&p)
		return Query{Provider: provider, Endpoint: endpoint, Params: p}, &fault.Error{Kind: fault.InvalidRequest, Params: found.params}
	}
	q.Params = p
	return q, nil
}

// Complete returns the query with the defaults that depend on the rest of it. A caller's profiles may narrow it before.
func (q Query) Complete() Query {
	q.Cost = cmp.Or(q.Cost, defaultCost)
	q.View = cmp.Or(q.View, q.Endpoint.view)
	switch {
	case q.View != "":
	case q.CustomerID != "":
		q.View = levelSubscriptions
	default:
		q.View = levelCustomers
	}
	return q
}

const (
	maxDays   = 366
	monthForm = "2006-01"
)

// Day is a calendar day as YYYY-MM-DD.
type Day string

// Month returns the first instant of the day's calendar month in loc.
func (d Day) Month(loc *time.Location) time.Time {
	t, _ := time.Parse(time.DateOnly, string(d)) // a Day of a Query is valid; the zero Day is in year 1
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, loc)
}

// resolvePeriod replaces the three parameters of the period by its first and last day, and returns the instant at which the
// same parameters begin to mean other days, or zero. The current month is that of now in its location.
func (f *faults) resolvePeriod(p *Params, now time.Time) (turn time.Time) {
	if p.Start != "" || p.End != "" {
		f.checkDays(p)
		return time.Time{}
	}
	month, turn, _ := f.month("period", p.Period, now)
	whole := periodOf(month, wholeMonth)
	p.Start, p.End, p.Period = whole.Start, whole.End, ""
	return turn
}

// month returns the first day of the month that a parameter names, and when the same text begins to mean another, or zero. The current
// month is that of now in its location. ok is false if the text names no month.
func (f *faults) month(name, text string, now time.Time) (first, turn time.Time, ok bool) {
	first = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC) // days have no zone; the turn of a month has one
	turn = time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, now.Location())
	switch text {
	case "", "current":
		return first, turn, true
	case "previous":
		return first.AddDate(0, -1, 0), turn, true
	}
	named, err := time.Parse(monthForm, text)
	if err != nil {
		f.add(name, "must be a month as YYYY-MM, or current, or previous")
	}
	return named, time.Time{}, err == nil
}

// checkDays checks a period that is given by its days.
func (f *faults) checkDays(p *Params) {
	if p.Period != "" {
		const message = "cannot be combined with period; give one or the other"
		f.add("period", "cannot be combined with start_time and end_time; give one or the other")
		f.addIf(p.Start != "", "start_time", message)
		f.addIf(p.End != "", "end_time", message)
	}
	f.addIf(p.Start == "", "start_time", "is missing; start_time and end_time go together")
	f.addIf(p.End == "", "end_time", "is missing; start_time and end_time go together")
	first, startErr := f.parseDay("start_time", p.Start)
	last, endErr := f.parseDay("end_time", p.End)
	switch {
	case startErr != nil || endErr != nil:
	case last.Before(first):
		f.add("start_time", "is after end_time")
		f.add("end_time", "is before start_time")
	case last.Sub(first) > (maxDays-1)*24*time.Hour:
		f.add("start_time", "is more than 366 days before end_time, both included; ask for a shorter period")
		f.add("end_time", "is more than 366 days after start_time, both included; ask for a shorter period")
	}
}

func (f *faults) parseDay(name string, day Day) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, string(day))
	f.addIf(err != nil && day != "", name, "must be a day of the calendar as YYYY-MM-DD")
	return t, err
}
