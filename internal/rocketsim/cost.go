package rocketsim

import (
	"fmt"
	"strings"
	"time"
)

// Amount is money or a quantity in billionths, so that sums are exact in any order.
type Amount int64

const one Amount = 1e9

// MarshalJSON returns the amount as a JSON number with all its digits and no trailing zero.
func (a Amount) MarshalJSON() ([]byte, error) {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	text := fmt.Sprintf("%s%d.%09d", sign, a/one, a%one)
	return []byte(strings.TrimRight(strings.TrimRight(text, "0"), ".")), nil
}

// cents rounds down to two digits after the point.
func (a Amount) cents() Amount { return a - a%(one/100) }

// perMille returns a share of the amount, rounded down. It divides first, so that the costs of a whole world do not overflow.
func (a Amount) perMille(n int64) Amount { return a/1000*Amount(n) + a%1000*Amount(n)/1000 }

// day counts days since 1970-01-01, UTC.
type day int

func dayOf(t time.Time) day { return day(t.UTC().Unix() / 86400) }

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string { return d.time().Format(time.DateOnly) }

func (d day) month() string { return d.time().Format("2006-01") }

// span is a period of days, both ends included; it is empty if last is before first.
type span struct{ first, last day }

func (s span) and(o span) span { return span{max(s.first, o.first), min(s.last, o.last)} }

func (s span) days() int { return max(0, int(s.last-s.first)+1) }

const historyMonths = 24

// history returns the span that has costs as of today: this month so far and the complete months before it, 24 in all.
func history(today day) span {
	t := today.time()
	return span{dayOf(time.Date(t.Year(), t.Month()-historyMonths+1, 1, 0, 0, 0, 0, time.UTC)), today}
}

// monthBefore returns the calendar month before that of d.
func monthBefore(d day) span {
	t := d.time()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return span{dayOf(first.AddDate(0, -1, 0)), dayOf(first) - 1}
}

// mix returns a stateless random number: the same inputs have the same result (the finaliser of splitmix64).
func mix(seed uint64, n int) uint64 {
	z := seed + uint64(n)*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// bought returns what the distributor pays for the resource on a day: a base with weekends, a slow rise over the year and noise.
func (r *resource) bought(d day) Amount {
	if d < r.life.first || d > r.life.last {
		return 0
	}
	share := int64(900 + mix(r.seed, int(d))%201)
	if w := (int(d) + 4) % 7; w == int(time.Saturday) || w == int(time.Sunday) {
		share = share * 82 / 100
	}
	share += int64(d) % 365 / 6
	return r.base.perMille(share) + Amount(mix(r.seed+1, int(d))%1000)
}

// price returns what a level pays: each level above adds its markup to what it pays itself.
func (r *resource) price(bought Amount, at level) Amount {
	price := bought
	if at >= resellers {
		price += price.perMille(r.path[distributors].markup)
	}
	if at >= customers {
		price += price.perMille(r.path[resellers].markup)
	}
	return price
}

// total returns the price of the resource over a span.
func (r *resource) total(s span, at level) Amount {
	var sum Amount
	s = s.and(r.life)
	for d := s.first; d <= s.last; d++ {
		sum += r.price(r.bought(d), at)
	}
	return sum
}

// quantity returns the hours that the resource ran in a span.
func (r *resource) quantity(s span) Amount {
	var quarters Amount
	s = s.and(r.life)
	for d := s.first; d <= s.last; d++ {
		quarters += 96 - Amount(mix(r.seed+2, int(d))%24)
	}
	return quarters * one / 4
}
