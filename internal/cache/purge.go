package cache

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Purge says what is no longer to be trusted. What was fetched before it is stale, or, where it is hard, gone.
type Purge struct {
	Question *query.Query // one question
	Tags     []string     // whatever bears one of them; see query.Query.Tags
	All      bool
	Hard     bool

	restated []string // months of an account and provider, as restated writes them
	before   uint64   // what was fetched before this is hit; 0: before now
}

// The names of things purged. A name is behind its mode in the hash: "s" for soft, "h" for hard.
const (
	allThings      = "all"
	questionThing  = "question:"
	softly, firmly = "s ", "h "
	latestField    = "latest"  // the time of the last purge, whatever it was of
	versionField   = "version" // changes with every purge, so that a look tells whether there is news
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
	if p.Question != nil {
		names = append(names, mode+questionThing+p.Question.Key().String())
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
func namesOf(q *query.Query, key query.Key) []string {
	return append(append(q.Tags(), allThings, questionThing+key.String()), months(q)...)
}

var (
	//go:embed scripts/purge.lua
	purgeSource string
	purgeScript = redis.NewScript(purgeSource)
)

// ErrNotShared says that a purge reached this process alone for now.
var ErrNotShared = errors.New("Redis did not take the purge; this replica alone knows of it, and tells the others once Redis is back")

// Purge makes what it names stale or gone, here and in every replica on the same Redis.
func (c *Cache) Purge(ctx context.Context, p Purge) error {
	names, at := p.names(), cmp.Or(p.before, micros(c.Now()))
	if c.shared == nil {
		c.purged.add(names, at, c.Policy.longestLife())
		return nil
	}
	these := map[string]told{}
	for _, name := range names {
		these[name] = told{at, p.before == 0}
	}
	if c.shared.purge(ctx, these, c.Policy.longestLife()) != nil || c.readPurges(ctx) != nil {
		c.purged.add(names, at, c.Policy.longestLife())
		return ErrNotShared
	}
	return nil
}

// catchUp tells Redis what it does not know. What it did not take hits what was fetched meanwhile too: better once too often.
func (c *Cache) catchUp(ctx context.Context) {
	these := c.purged.missing()
	if len(these) == 0 || c.shared.purge(ctx, these, c.Policy.longestLife()) != nil {
		return
	}
	if c.readPurges(ctx) == nil {
		c.purged.done(these)
	}
}

// readPurges takes over what all replicas know, where it is news.
func (c *Cache) readPurges(ctx context.Context) error {
	times, err := c.shared.purges(ctx, c.purged.version())
	if err != nil {
		return err
	}
	if times != nil {
		c.purged.take(times, c.Policy.longestLife())
	}
	c.purged.known.Store(true)
	return nil
}

// followPurges reads the purges when one is heard of, and every second, until Close.
func (c *Cache) followPurges(ctx context.Context) {
	rings, stop := c.shared.Bell.Wait(purgeRing)
	defer stop()
	ticker := time.NewTicker(purgePoll)
	defer ticker.Stop()
	for {
		c.catchUp(ctx)
		_ = c.readPurges(ctx) // Redis away: the next second will do
		select {
		case <-ctx.Done():
			return
		case <-rings:
		case <-ticker.C:
		}
	}
}

const (
	purgePoll = time.Second
	purgeRing = "purge" // what the bell says, in the place of a key
)

func (r *shared) purgesKey() string { return r.Key("purges") }

func (r *shared) purge(ctx context.Context, these map[string]told, longestLife time.Duration) error {
	return r.Do(ctx, func(ctx context.Context) error {
		args := []any{longestLife.Microseconds(), r.Bell.Channel}
		for name, t := range these {
			at := ""
			if !t.asNow {
				at = strconv.FormatUint(t.at, 10)
			}
			args = append(args, name, at)
		}
		return purgeScript.Run(ctx, r.Client, []string{r.purgesKey()}, args...).Err()
	})
}

// purges gives all purges, or nil where nothing has changed since the version that is known.
func (r *shared) purges(ctx context.Context, known uint64) (times map[string]uint64, err error) {
	err = r.Do(ctx, func(ctx context.Context) error {
		version, err := r.Client.HGet(ctx, r.purgesKey(), versionField).Uint64()
		if err != nil && !errors.Is(err, redis.Nil) || version == known {
			return err
		}
		all, err := r.Client.HGetAll(ctx, r.purgesKey()).Result()
		if err != nil {
			return err
		}
		times = make(map[string]uint64, len(all))
		for name, text := range all {
			times[name], _ = strconv.ParseUint(text, 10, 64)
		}
		return nil
	})
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	return times, err
}

func micros(t time.Time) uint64 { return uint64(max(0, t.UnixMicro())) }
