package cache

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Purge names what is outdated. What was fetched before it is stale, or, if it is hard, expired.
type Purge struct {
	Queries []query.Query // of any account: not every replica need know all accounts at every moment
	Tags    []string      // of queries; see query.Query.Tags
	All     bool
	Hard    bool

	restated []string // months of an account and provider, as monthsOf returns them
}

// The names of what is purged. In the record a name is behind its mode: "s" for soft, "h" for hard.
const (
	allName     = "all"
	queryPrefix = "question:"
	soft, hard  = "s ", "h "
)

// names returns the fields of the record that a purge writes. The purge of an id hits the queries that name none of its level too:
// their rows may be that id's.
func (p *Purge) names() []string {
	names, mode := slices.Clone(p.restated), soft
	if p.Hard {
		mode = hard
	}
	if p.All {
		names = append(names, allName)
	}
	for _, q := range p.Queries {
		names = append(names, nameOf(q))
	}
	for _, tag := range p.Tags {
		names = append(names, tag)
		if level, _, _ := strings.Cut(tag, ":"); level != "provider" && level != "period" {
			names = append(names, level+":*")
		}
	}
	for i := range names {
		names[i] = mode + names[i]
	}
	return names
}

// namesOf returns what a purge can name the query by.
func namesOf(q *query.Query) []string {
	return append(append(q.Tags(), allName, nameOf(*q)), monthsOf(q)...)
}

// nameOf returns the name of the query itself, of any account.
func nameOf(q query.Query) string {
	q.Account = ""
	return queryPrefix + q.Key().String()
}

// ErrNotShared is returned for a purge that is pending: it reached this process alone.
var ErrNotShared = errors.New("the purge is not in Redis; this replica alone knows of it, and writes it there once Redis is available")

// Purge makes what it names stale or expired, here and in every replica on the same Redis.
func (c *Cache) Purge(ctx context.Context, p Purge) error {
	mode, reach := "soft", "fleet"
	if p.Hard {
		mode = "hard"
	}
	_, err := c.purge(ctx, p)
	if err != nil {
		reach = "replica"
	}
	c.metrics.purged.WithLabelValues(mode, reach).Inc()
	return err
}

// purge returns the ids of the purges, one for each name.
func (c *core) purge(ctx context.Context, p Purge) (ids []uint64, err error) {
	names, ids := c.purges.add(p.names(), c.Now())
	if c.record != nil && c.record.write(ctx, names) != nil {
		return ids, ErrNotShared
	}
	return ids, nil
}
