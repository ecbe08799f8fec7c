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
	Questions []query.Query // whichever account asks them: not every replica need know all accounts at every moment
	Tags      []string      // whatever bears one of them; see query.Query.Tags
	All       bool
	Hard      bool

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

var (
	//go:embed scripts/purge.lua
	purgeSource string
	//go:embed scripts/purged.lua
	purgedSource string

	purgeScript  = redis.NewScript(purgeSource)
	purgedScript = redis.NewScript(purgedSource)
)

// ErrNotShared says that a purge reached this process alone for now.
var ErrNotShared = errors.New("the purge was not taken by Redis; this replica alone knows of it, and tells the others once Redis is back")

// Purge makes what it names stale or gone, here and in every replica on the same Redis.
func (c *Cache) Purge(ctx context.Context, p Purge) error {
	t := told{at: cmp.Or(p.before, c.clock.stamp()), asNow: p.before == 0, held: c.shared != nil}
	these := c.purged.add(p.names(), t, c.Policy.longestLife())
	if c.shared != nil && c.tell(ctx, these) != nil {
		return ErrNotShared
	}
	return nil
}

// catchUp tells Redis what it does not know. What it did not take when it should have hits what was fetched meanwhile too:
// better once too often.
func (c *Cache) catchUp(ctx context.Context) {
	if these := c.purged.hold(); len(these) > 0 {
		_ = c.tell(ctx, these) // Redis away: the next second will do
	}
}

// tell tells Redis of purges that are held, and all others with it.
func (c *Cache) tell(ctx context.Context, these map[string]told) error {
	stamp, err := c.shared.purge(ctx, these, c.Policy.longestLife())
	c.purged.release(these, stamp)
	if err == nil {
		_ = c.readPurges(ctx) // else within a second
	}
	return err
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
		_ = c.readPurges(ctx)
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

// purge gives the stamp of what is purged as of now, 0 where Redis does not take it.
func (r *shared) purge(ctx context.Context, these map[string]told, longestLife time.Duration) (stamp uint64, err error) {
	args := []any{longestLife.Microseconds(), r.Bell.Channel, r.clock.seen.Load()}
	for name, t := range these {
		at := ""
		if !t.asNow {
			at = strconv.FormatUint(t.at, 10)
		}
		args = append(args, name, at)
	}
	err = r.Do(ctx, r.purgesKey(), func(ctx context.Context) (err error) {
		stamp, err = purgeScript.Run(ctx, r.Client, []string{r.purgesKey()}, args...).Uint64()
		return err
	})
	if err != nil {
		return 0, err
	}
	return r.clock.see(stamp), nil
}

// purges gives all purges, or nil where nothing has changed since the version that is known.
func (r *shared) purges(ctx context.Context, known uint64) (times map[string]uint64, err error) {
	err = r.Do(ctx, r.purgesKey(), func(ctx context.Context) error {
		version, err := r.version(ctx)
		if err != nil || version == known {
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
		r.clock.see(times[latestField])
		return nil
	})
	return times, err
}

func (r *shared) version(ctx context.Context) (uint64, error) {
	reply, err := purgedScript.Run(ctx, r.Client, []string{r.purgesKey()}, r.clock.seen.Load()).Slice()
	if err != nil {
		return 0, err
	}
	text, _ := reply[0].(string)
	now, _ := reply[1].(int64)
	floor, _ := reply[2].(int64)
	r.clock.hear(now)
	r.clock.see(uint64(max(0, floor)))
	return strconv.ParseUint(text, 10, 64)
}
