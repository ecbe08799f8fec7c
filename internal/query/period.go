package query

import "time"

const (
	maxDays   = 366
	monthForm = "2006-01"
)

// Day is a calendar day as YYYY-MM-DD.
type Day string

// Month is the first instant of the day's calendar month in loc.
func (d Day) Month(loc *time.Location) time.Time {
	t, _ := time.Parse(time.DateOnly, string(d)) // a Day is valid by construction; the zero Day gives the year 1
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, loc)
}

// period resolves the three period parameters into first and last day. turn is the instant at which the same words would
// mean other days, zero where they never do. The month of now is that of now's location.
func period(p *Params, now time.Time, faults *faults) (start, end Day, turn time.Time) {
	if p.StartTime != "" || p.EndTime != "" {
		if p.Period != "" {
			faults.add("period", "cannot be combined with start_time and end_time; give one or the other")
			faults.addGiven("start_time", p.StartTime, "cannot be combined with period; give one or the other")
			faults.addGiven("end_time", p.EndTime, "cannot be combined with period; give one or the other")
		}
		start, end = explicit(p, faults)
		return start, end, time.Time{}
	}
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC) // days have no zone; the turn of a month has one
	turn = time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, now.Location())
	switch p.Period {
	case "", "current":
	case "previous":
		month = month.AddDate(0, -1, 0)
	default:
		turn = time.Time{}
		var err error
		if month, err = time.Parse(monthForm, p.Period); err != nil {
			faults.add("period", "must be a month as YYYY-MM, or current, or previous")
			return "", "", turn
		}
	}
	return Day(month.Format(time.DateOnly)), Day(month.AddDate(0, 1, -1).Format(time.DateOnly)), turn
}

func explicit(p *Params, faults *faults) (start, end Day) {
	if p.StartTime == "" {
		faults.add("start_time", "is missing; start_time and end_time go together")
	}
	if p.EndTime == "" {
		faults.add("end_time", "is missing; start_time and end_time go together")
	}
	first, firstOK := day("start_time", p.StartTime, faults)
	last, lastOK := day("end_time", p.EndTime, faults)
	if !firstOK || !lastOK {
		return "", ""
	}
	switch {
	case last.Before(first):
		faults.add("start_time", "is after end_time")
		faults.add("end_time", "is before start_time")
	case last.Sub(first) > (maxDays-1)*24*time.Hour:
		faults.add("start_time", "is more than 366 days before end_time, both included; ask for a shorter period")
		faults.add("end_time", "is more than 366 days after start_time, both included; ask for a shorter period")
	}
	return Day(p.StartTime), Day(p.EndTime)
}

func day(name, value string, faults *faults) (time.Time, bool) {
	if value == "" {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		faults.add(name, "must be a day of the calendar as YYYY-MM-DD")
		return time.Time{}, false
	}
	return t, true
}
