package cache

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// State is what may still happen to the numbers of a billed period.
type State string

// The states of a period, by the calendar month that holds its end.
const (
	Open     State = "open"     // the month has not ended
	Settling State = "settling" // it has just ended and may be restated
	Closed   State = "closed"   // it ended longer ago
)

// Policy says how long answers stay fresh, and how long they are kept beyond that.
type Policy struct {
	Location   *time.Location // where a month begins
	Open       time.Duration
	Settling   time.Duration
	SettleDays int
	Closed     time.Duration
	Pickers    time.Duration // for questions whose rows are choices, whatever their period

	StaleWhileRevalidate time.Duration // a stale answer is good enough while it is refreshed
	StaleIfError         time.Duration // a stale answer is better than a failure
}

// state is that of the question's period at an instant.
func (p *Policy) state(q *query.Query, at time.Time) State {
	end := q.End.Month(p.Location).AddDate(0, 1, 0)
	switch {
	case at.Before(end):
		return Open
	case !at.After(end.AddDate(0, 0, p.SettleDays)):
		return Settling
	default:
		return Closed
	}
}

// longestLife is how long an entry can be of any use.
func (p *Policy) longestLife() time.Duration {
	return max(p.Open, p.Settling, p.Closed, p.Pickers) + max(p.StaleIfError, p.StaleWhileRevalidate)
}

func (p *Policy) freshFor(q *query.Query, state State) time.Duration {
	switch {
	case q.Endpoint.Picker:
		return p.Pickers
	case state == Open:
		return p.Open
	case state == Settling:
		return p.Settling
	default:
		return p.Closed
	}
}
