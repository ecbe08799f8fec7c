package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

const (
	nothing = "–"      // stands for a value that does not exist
	noBreak = "\u00a0" // keeps a number and its unit on one line
)

func count(n float64) string { return humanize.Comma(int64(math.Round(n))) }

// plural returns a number with its noun, as in "1 request".
func plural(n float64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// percent returns a share of a whole, or nothing if the whole is 0.
func percent(part, whole float64) string {
	if whole == 0 {
		return nothing
	}
	return strconv.FormatFloat(100*part/whole, 'f', 1, 64) + noBreak + "%"
}

// perSecond returns the average rate of n events over a time in seconds.
func perSecond(n, seconds float64) string {
	if seconds <= 0 {
		return nothing
	}
	return humanize.CommafWithDigits(n/seconds, 1) + "/s"
}

func size(bytes float64) string { return humanize.IBytes(uint64(max(bytes, 0))) }

// latency returns a quantile of a histogram with its unit.
func latency(q float64, counts map[float64]float64) string {
	value, above := quantile(q, counts)
	switch text := strings.ReplaceAll(humanize.SIWithDigits(significant(value), 2, "s"), " ", noBreak); {
	case math.IsNaN(value):
		return nothing
	case above:
		return "> " + text
	default:
		return text
	}
}

// significant rounds to three digits, since a quantile is an estimate.
func significant(value float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 3, 64), 64) // of a number's own text, which cannot fail
	return rounded
}

// relative returns a Unix time in seconds as people say it, as in "in 1 h 59 min" or "5 min ago".
func relative(unix float64, now time.Time) string {
	if d := moment(unix).Sub(now); d >= 0 {
		return "in " + span(d)
	}
	return span(now.Sub(moment(unix))) + " ago"
}

// span returns a duration in its two largest units.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%d d %d h", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	default:
		return fmt.Sprintf("%d s", d/time.Second)
	}
}

func moment(unix float64) time.Time { return time.UnixMilli(int64(1000 * unix)) }
