package cache

import (
	"strconv"
	"time"
)

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// units are those in which people read durations.
var units = []struct {
	length time.Duration
	name   string
}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}

// ago returns how long ago something was, in the largest unit of which that is at least two.
func ago(d time.Duration) string {
	for _, u := range units {
		if d >= 2*u.length {
			return lasting(d.Truncate(u.length)) + " ago"
		}
	}
	if d >= time.Second {
		return "1 second ago"
	}
	return "just now"
}

// lasting returns a duration in the largest unit that divides it.
func lasting(d time.Duration) string {
	for _, u := range units {
		if n := int64(d / u.length); n > 0 && d%u.length == 0 {
			return plural(n, u.name)
		}
	}
	return d.String()
}

func plural(n int64, unit string) string {
	text := strconv.FormatInt(n, 10) + " " + unit
	if n != 1 {
		text += "s"
	}
	return text
}
