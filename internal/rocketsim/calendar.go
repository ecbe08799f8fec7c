package rocketsim

import "time"

// day counts days since 1970-01-01, UTC.
type day int

const historyMonths = 24

func dayOf(t time.Time) day { return day(t.UTC().Unix() / 86400) }

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string { return d.time().Format(time.DateOnly) }

func (d day) month() string { return d.time().Format("2006-01") }

// span is a run of days, both ends included; it is empty where last comes before first.
type span struct{ first, last day }

func (s span) and(o span) span { return span{max(s.first, o.first), min(s.last, o.last)} }

func (s span) days() int { return max(0, int(s.last-s.first)+1) }

// history is the span that has costs as of today: this month so far and the whole ones before it, 24 in all.
func history(today day) span {
	t := today.time()
	return span{dayOf(time.Date(t.Year(), t.Month()-historyMonths+1, 1, 0, 0, 0, 0, time.UTC)), today}
}

// monthBefore is the calendar month before the one of d.
func monthBefore(d day) span {
	t := d.time()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return span{dayOf(first.AddDate(0, -1, 0)), dayOf(first) - 1}
}
