package cache

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Purge says what is no longer to be trusted. What was fetched before it is stale, or, where it is hard, gone.
type Purge struct {
	Questions []query.Query // whichever account asks them: not every replica need know all accounts at every moment
	Tags      []string      // whatever bears one of them; see query.Query.Tags
	All       bool
	Hard      bool

	restated []string // months of an account and provider, as restated writes them
}

// The names of things purged. A name is behind its mode in the hash: "s" for soft, "h" for hard.
const (
	allThings      = "all"
	questionThing  = "question:"
	softly, firmly = "s ", "h "
)

// names are the fields of the hash that a purge writes. The purge of an id hits the questions that name none of its level too:
// their rows may be that id's.
func (p *Purge) names() []string {
	var names []string
	mode := softly
	if p.Hard {
		mode = firmly
	}
	if p.All {
		names = append(names, mode+allThings)
	}
	for _, q := range p.Questions {
		names = append(names, mode+thing(q))
	}
	for _, tag := range p.Tags {
		names = append(names, mode+tag)
		if level, _, _ := strings.Cut(tag, ":"); level != "provider" && level != "period" {
			names = append(names, mode+level+":*")
		}
	}
	for _, month := range p.restated {
		names = append(names, mode+month)
	}
	return names
}

// namesOf are what a purge can name the question by.
func namesOf(q *query.Query) []string {
	return append(append(q.Tags(), allThings, thing(*q)), months(q)...)
}

// thing is the question itself, of any account.
func thing(q query.Query) string {
	q.Account = ""
	return questionThing + q.Key().String()
}

// ErrNotShared says that a purge reached this process alone for now.
var ErrNotShared = errors.New("the purge was not taken by Redis; this replica alone knows of it, and tells the others once Redis is back")

// Purge makes what it names stale or gone, here and in every replica on the same Redis.
func (c *Cache) Purge(ctx context.Context, p Purge) error {
	_, err := c.purge(ctx, p)
	return err
}

// purge returns the ids of the purges, one for each name.
func (c *Cache) purge(ctx context.Context, p Purge) (ids []uint64, err error) {
	ids = c.purged.add(p.names(), c.Now())
	if c.shared != nil && c.writePurges(ctx) != nil {
		return ids, ErrNotShared
	}
	return ids, nil
}

// writePurges tells Redis what it does not have, and reads it back.
func (c *Cache) writePurges(ctx context.Context) error {
	write := newID()
	these, ancestors, due := c.purged.unwritten(write)
	if !due {
		return nil
	}
	older := c.shared.purgeOlder(ctx, these, c.Policy.longestLife())
	if err := c.shared.writePurges(ctx, write, ancestors, c.purged.allEpochs(), these); err != nil {
		return err
	}
	_ = c.readPurges(ctx) // else within a second
	return older
}

// readPurges takes over what Redis has, if it is news.
func (c *Cache) readPurges(ctx context.Context) error {
	select {
	case c.reading <- struct{}{}: // one at a time, so that what is read later is newer
		defer func() { <-c.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	newest, err := c.shared.newestWrite(ctx)
	if err != nil {
		return err
	}
	if newest == "" || newest != c.purged.newest() {
		r, err := c.shared.readPurges(ctx)
		if err != nil {
			return err
		}
		c.purged.take(r)
	}
	c.purged.known.Store(true)
	return nil
}

// followPurges reads the purges when a message tells of one, and every second, until Close.
func (c *Cache) followPurges(ctx context.Context) {
	ticker := time.NewTicker(purgePoll)
	defer ticker.Stop()
	for asked := false; ; {
		if c.readPurges(ctx) == nil {
			_ = c.writePurges(ctx) // Redis is unavailable: the next second will do
			if !asked {
				c.warnOfEviction(ctx)
			}
			asked = true
		}
		select {
		case <-ctx.Done():
			return
		case <-c.purgeNews:
		case <-ticker.C:
		}
	}
}

// warnOfEviction logs that Redis may evict the record of the purges. The replicas restore it, but all entries are lost if none is left.
func (c *Cache) warnOfEviction(ctx context.Context) {
	if policy := c.shared.EvictsEveryKey(ctx); policy != "" {
		c.Log.Warn("redis may evict the record of purges, set maxmemory-policy to volatile-lru or volatile-lfu", "maxmemory_policy", policy)
	}
}

const (
	purgePoll  = time.Second
	purgeTopic = "purge" // of messages
)
