package query

import "time"

// calendar resolves the parameters of periods at an instant, whose location is the billing time zone.
type calendar struct {
	*faults
	now time.Time
}

// period replaces the three parameters of the period by its first and last day, and returns the instant at which the same parameters
// begin to mean other days, or zero.
func (c calendar) period(p *Params) (turn time.Time) {
	if p.Start != "" || p.End != "" {
		c.checkDays(p)
		return time.Time{}
	}
	month, turn, _ := c.month("period", p.Period)
	whole := periodOf(month, wholeMonth)
	p.Start, p.End, p.Period = whole.Start, whole.End, ""
	return turn
}

// month returns the first day of the month that a parameter names, and when the same text begins to mean another, or zero. ok is false
// if the text names no month.
func (c calendar) month(name, text string) (first, turn time.Time, ok bool) {
	first = time.Date(c.now.Year(), c.now.Month(), 1, 0, 0, 0, 0, time.UTC) // days have no zone; the turn of a month has one
	turn = time.Date(c.now.Year(), c.now.Month()+1, 1, 0, 0, 0, 0, c.now.Location())
	switch text {
	case "", "current":
		return first, turn, true
	case "previous":
		return first.AddDate(0, -1, 0), turn, true
	}
	named, err := time.Parse(monthForm, text)
	if err != nil {
		c.add(name, "must be a month as YYYY-MM, or current, or previous")
	}
	return named, time.Time{}, err == nil
}

// checkDays checks a period that is given by its days.
func (c calendar) checkDays(p *Params) {
	if p.Period != "" {
		const message = "cannot be combined with period; send one or the other"
		c.add("period", "cannot be combined with start_time and end_time; send one or the other")
		c.addIf(p.Start != "", "start_time", message)
		c.addIf(p.End != "", "end_time", message)
	}
	c.addIf(p.Start == "", "start_time", "is missing; start_time and end_time go together")
	c.addIf(p.End == "", "end_time", "is missing; start_time and end_time go together")
	first, startErr := c.parseDay("start_time", p.Start)
	last, endErr := c.parseDay("end_time", p.End)
	switch {
	case startErr != nil || endErr != nil:
	case last.Before(first):
		c.add("start_time", "is after end_time")
		c.add("end_time", "is before start_time")
	case last.Sub(first) > (maxDays-1)*24*time.Hour:
		c.add("start_time", "is more than 366 days before end_time, both included; use a shorter period")
		c.add("end_time", "is more than 366 days after start_time, both included; use a shorter period")
	}
}

func (c calendar) parseDay(name string, day Day) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, string(day))
	c.addIf(err != nil && day != "", name, "must be a day of the calendar as YYYY-MM-DD")
	return t, err
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

// PeriodName returns the period for people: its month, or its first and last day or month.
func (q *Query) PeriodName() string {
	if n := len(q.Periods); n > 0 {
		return q.Periods[0].Month + "_" + q.Periods[n-1].Month
	}
	whole := periodOf(q.Start.Month(time.UTC), wholeMonth)
	if q.Start == whole.Start && q.End == whole.End {
		return whole.Month
	}
	return string(q.Start) + "_" + string(q.End)
}
