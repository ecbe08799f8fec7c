package cache

import (
	"errors"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// reasoning is a decision with what led to it.
type reasoning struct {
	*core
	decision
	q      *query.Query
	key    query.Key
	kept   *view // the entry that the decision is about
	unread error // why Redis could not be read, nil if it could
}

func (r *reasoning) outcome() Outcome {
	switch {
	case r.forward != "":
		return WouldFetch
	case r.kept.fresh():
		return WouldHit
	default:
		return WouldStale
	}
}

// text returns the reason as a sentence: what there is, how long it is fresh, how Rocket is, what follows.
func (r *reasoning) text() string {
	clauses := append(append(r.found(), r.trouble()...), r.verdict())
	return strings.Join(clauses, "; ") + "."
}

// found returns clauses about the entry.
func (r *reasoning) found() (clauses []string) {
	if r.unread != nil {
		clauses = append(clauses, unreadable(r.unread))
	}
	e, at := r.kept.entry, r.kept.at
	if e == nil {
		return append(clauses, "nothing is cached")
	}
	clauses = append(clauses, "fetched "+ago(e.Age(at)))
	switch purged, isSoft, isHard := r.purges.hit(r.q, e); {
	case isHard:
		return append(clauses, "a hard purge deleted it "+ago(at.Sub(purged)))
	case isSoft && r.kept.usable && r.kept.freshUntil.Before(e.FreshUntil):
		cause := "a purge"
		if slices.ContainsFunc(monthsOf(r.q), func(month string) bool { return r.purges.last(month).Equal(purged) }) {
			cause = "a restatement of its month"
		}
		return append(clauses, cause+" made it stale "+ago(at.Sub(purged)))
	}
	is := "is"
	if !at.Before(e.FreshUntil) {
		is = "was"
	}
	clauses = append(clauses, r.kind()+", so it "+is+" fresh for "+lasting(e.FreshUntil.Sub(e.FetchedAt)))
	if !r.kept.usable {
		clauses = append(clauses, "it could be served stale until "+instant(e.UsableUntil))
	}
	return clauses
}

// unreadable returns the clause about an error of read, which names no host.
func unreadable(err error) string {
	switch {
	case errors.Is(err, errOlderRecord):
		return "the entry in Redis is not used, since it is older than the record of purges"
	case errors.As(err, new(spoiledError)):
		return "the entry in Redis is not used, since it is damaged"
	default:
		return "Redis could not be read"
	}
}

// kind returns what the lifetime of the entry depends on.
func (r *reasoning) kind() string {
	state := r.kept.entry.State
	switch {
	case r.q.Endpoint.Picker:
		return "it is a list to choose from"
	case state != r.Policy.state(r.q, r.kept.at):
		return "its month was " + string(state) + " at the fetch"
	default:
		return "its month is " + string(state)
	}
}

// trouble returns clauses about what speaks against a fetch, if one is due.
func (r *reasoning) trouble() (clauses []string) {
	if r.outcome() == WouldHit && !r.refresh && r.stale == "" {
		return nil
	}
	if r.failing(r.q) {
		clauses = append(clauses, r.Outage(r.q))
	}
	keys := r.redis.Keys(r.key)
	if err := r.once.Failure(keys); err != nil {
		detail := strings.TrimSuffix(fault.Of(err).Detail, ".")
		clauses = append(clauses, "the last fetch failed ("+detail+"), and none is sent before "+instant(r.once.RetryAt(keys)))
	}
	return clauses
}

// verdict returns the clause about what follows.
func (r *reasoning) verdict() string {
	switch fresh, usable := instant(r.kept.freshUntil), r.usableUntil(); {
	case r.forward == FwdMiss && r.once.Failure(r.redis.Keys(r.key)) != nil:
		return "until then requests get that failure"
	case r.forward == FwdMiss && r.failing(r.q):
		return "the request fails, at once or after a fetch, unless Rocket responds again"
	case r.forward == FwdMiss:
		return "the request waits for a fetch from Rocket"
	case r.forward != "":
		return "the request waits for a fetch from Rocket, and is served stale if that fails or takes longer than " + lasting(softTimeout) +
			", until " + usable
	case r.kept.fresh() && r.refresh:
		return "served from " + r.kept.tier + ", fresh until " + fresh + ", and refreshed in the background, since that is soon"
	case r.kept.fresh():
		return "served from " + r.kept.tier + ", fresh until " + fresh
	case r.stale == StaleRevalidating:
		return "served stale from " + r.kept.tier + " until " + instant(r.kept.revalidatedUntil(&r.Policy)) +
			" while it is refreshed in the background"
	default:
		return "served stale from " + r.kept.tier + " until " + usable
	}
}

// usableUntil returns when the entry is no longer served, if there is one.
func (r *reasoning) usableUntil() string {
	if r.kept.entry == nil {
		return ""
	}
	return instant(r.kept.entry.UsableUntil)
}
