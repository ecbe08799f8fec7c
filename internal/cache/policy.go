package cache

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// State is what may still happen to the numbers of a billed period.
type State = store.State

// The states of a period, by the calendar month that holds its end.
const (
	Open     State = "open"     // the month has not ended
	Settling State = "settling" // it has just ended and may be restated
	Closed   State = "closed"   // it ended longer ago
)

// Policy is how long entries stay fresh, and how long they are kept beyond that.
type Policy struct {
	Location   *time.Location // of the beginning of a month
	Open       time.Duration
	Settling   time.Duration
	SettleDays int
	Closed     time.Duration
	Pickers    time.Duration // for queries whose rows are choices, whatever their period

	StaleWhileRevalidate time.Duration // a stale entry is served while it is refreshed
	StaleIfError         time.Duration // a stale entry is better than a failure
}

// state returns the state of the query's period at an instant.
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

// longestLife returns how long an entry can be of any use.
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

// apply fills what follows from the query with this key, and from the times of its entry.
func (p *Policy) apply(e *Entry, q *query.Query, key query.Key) {
	state := p.state(q, e.FetchedAt)
	fresh, stale := p.freshFor(q, state), max(p.StaleIfError, p.StaleWhileRevalidate)
	until := e.FetchedAt.Add(fresh)
	e.Freshness = store.Freshness{
		State: state, FreshUntil: until, RefreshAt: until.Add(-jitter(key, fresh)),
		UsableUntil: until.Add(stale), KeptUntil: until.Add(max(stale, fresh)),
	}
	e.SetLastModified()
}

// jitterShare is the part of a freshness lifetime over which refreshes are spread: 22 minutes of a day, 5 seconds of 5 minutes.
const jitterShare = 64

// jitter spreads the refreshes of entries that were fetched together, after a warm-up for example. It follows from the key, so
// that all replicas agree, and brings forward the refresh alone: an entry stays as fresh as the settings say.
func jitter(key query.Key, life time.Duration) time.Duration {
	return life / jitterShare >> 16 * time.Duration(binary.BigEndian.Uint16(key[:]))
}

// The backoff is a second after the first failure in a row.
const (
	shortestBackoff = time.Second
	longestBackoff  = 10 * time.Second
)

// backoff returns the backoff after a failure: none if Rocket refused the query itself.
func backoff(count int, f *fault.Error) time.Duration {
	if !staleIfError(f) {
		return 0
	}
	return min(shortestBackoff<<min(count-1, 4), longestBackoff)
}

// notSent reports whether this replica itself refused to send the query: another one may.
func notSent(err error) bool {
	f := fault.Of(err)
	return f.Kind == fault.UpstreamUnavailable && f.Status == 0
}

// staleIfError reports whether a stale entry is better than a failure. A refusal of the query itself is Rocket's response to it.
func staleIfError(err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	switch f.Kind {
	case fault.UpstreamError, fault.UpstreamTimeout, fault.UpstreamUnavailable, fault.UpstreamCredentials, fault.UpstreamInvalidResponse:
		return true
	default:
		return false
	}
}
