package upstream

import (
	"slices"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Request returns the path, behind the base URL, and the body of the request that Rocket is sent for a query.
func Request(q *query.Query) (urlPath string, content []byte) { return path(q), body(q) }

// Serving returns the names of the accounts that Pick may return for a query of some caller, without duplicates. claims is whether callers
// have claims.
func (p *Pool) Serving(q *query.Query, claims bool) (names []string) {
	s := p.current.Load()
	add := func(name string) {
		if s.names[name] != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.matches(q) || r.Claim != "" && !claims {
			continue
		}
		add(r.Account)
		if r.Claim == "" {
			return names
		}
	}
	add(s.Default)
	return names
}

// Outage returns why Rocket is known not to respond to a query, as a clause for people; "" if it is not.
func (p *Pool) Outage(q *query.Query) string {
	if client := p.current.Load().clients[q.Account]; client != nil {
		return outage(client)
	}
	return ""
}

// outage returns what makes Failing report a failure.
func outage(c *Client) string {
	now := c.Transport.Now()
	switch wait := c.cooldown.left(now); {
	case wait > 0:
		return "Rocket asks this account to send nothing until " + instant(now.Add(wait))
	case c.host.fails():
		return "Rocket has been failing since " + instant(c.host.since())
	case c.account.fails():
		return "Rocket has refused this account since " + instant(c.account.since())
	default:
		return ""
	}
}

// since returns since when there is no success, as far as the evidence says.
func (b *breaker) since() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest := b.inFlight.Front()
	switch {
	case b.failures > 0:
		return b.failingSince
	case oldest != nil:
		return later(oldest.Value.(*attempt).started, b.lastResponse)
	default:
		return b.now()
	}
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
