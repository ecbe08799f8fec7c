package cache

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Purge says what is no longer to be trusted. What was fetched before it is stale, or, where it is hard, gone.
type Purge struct {
	Questions []query.Query
	Tags      []string // whatever bears one of them; see query.Query.Tags
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
	versionField   = "version" // counts purges, so that a look tells whether there is news
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
		names = append(names, mode+questionThing+q.Key().String())
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

// purges is this process's copy of when what was purged. It follows messages, and is read again every second.
type purges struct {
	mu     sync.RWMutex
	times  map[string]uint64 // guarded by mu: microseconds, by name behind its mode
	latest atomic.Uint64     // of them; what was fetched after it is hit by none

	pending []string // guarded by mu: names that Redis has not taken yet
}

func (p *purges) postpone(names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, names[:min(len(names), maxPending-len(p.pending))]...)
}

func (p *purges) takePending() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := p.pending
	p.pending = nil
	return names
}

// version is that of the copy.
func (p *purges) version() uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.times[versionField]
}

// last gives the time of the last soft purge of a name.
func (p *purges) last(name string) time.Time {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return time.UnixMicro(int64(p.times[softly+name])) //nolint:gosec // a time
}

// replace takes a newer copy.
func (p *purges) replace(times map[string]uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.times = times
	p.latest.Store(times[latestField])
}

// add notes a purge of this process alone.
func (p *purges) add(names []string, now uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times == nil {
		p.times = map[string]uint64{}
	}
	for _, name := range names {
		p.times[name] = now
	}
	p.latest.Store(max(now, p.latest.Load()))
}

// hit gives the time of the first purge that hits the entry after its fetch began, and whether one of them is hard.
func (p *purges) hit(e *Entry) (at time.Time, hard bool) {
	if e.started >= p.latest.Load() {
		return time.Time{}, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	var first uint64
	for _, name := range e.names {
		if t := p.times[softly+name]; t > e.started && (first == 0 || t < first) {
			first = t
		}
		if p.times[firmly+name] > e.started {
			return time.Time{}, true
		}
	}
	if first == 0 {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(first)), false
}

var (
	//go:embed scripts/purge.lua
	purgeSource string
	purgeScript = redis.NewScript(purgeSource)
)

// ErrNotShared says that a purge reached this process alone for now.
var ErrNotShared = errors.New("Redis did not take the purge; this replica alone knows of it, and tells the others once Redis is back")

// maxPending bounds the names that wait for Redis to be back.
const maxPending = 10_000

// Purge makes what it names stale or gone, here and in every replica on the same Redis.
func (c *Cache) Purge(ctx context.Context, p Purge) error {
	names := p.names()
	if c.shared == nil {
		c.purged.add(names, cmp.Or(p.before, micros(c.Now())))
		return nil
	}
	if err := c.shared.purge(ctx, names, p.before, c.Policy.longestLife()); err != nil {
		c.purged.add(names, cmp.Or(p.before, micros(c.Now())))
		c.purged.postpone(names)
		return ErrNotShared
	}
	return c.readPurges(ctx)
}

// catchUp tells the others of purges that Redis did not take. What was fetched meanwhile is hit too: better once too often.
func (c *Cache) catchUp(ctx context.Context) {
	names := c.purged.takePending()
	if len(names) > 0 && c.shared.purge(ctx, names, 0, c.Policy.longestLife()) != nil {
		c.purged.postpone(names)
	}
}

// readPurges takes over what all replicas know, where it is news.
func (c *Cache) readPurges(ctx context.Context) error {
	times, err := c.shared.purges(ctx, c.purged.version())
	if err == nil && times != nil {
		c.purged.replace(times)
	}
	return err
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

func (r *shared) purge(ctx context.Context, names []string, before uint64, longestLife time.Duration) error {
	at := ""
	if before != 0 {
		at = strconv.FormatUint(before, 10)
	}
	return r.Do(ctx, func(ctx context.Context) error {
		args := []any{longestLife.Microseconds(), r.Bell.Channel, at}
		for _, n := range names {
			args = append(args, n)
		}
		return purgeScript.Run(ctx, r.Client, []string{r.purgesKey()}, args...).Err()
	})
}

// purges gives all purges, or nil where there is none since the version that is known.
func (r *shared) purges(ctx context.Context, known uint64) (times map[string]uint64, err error) {
	err = r.Do(ctx, func(ctx context.Context) error {
		version, err := r.Client.HGet(ctx, r.purgesKey(), versionField).Uint64()
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
		return nil
	})
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	return times, err
}

func micros(t time.Time) uint64 { return uint64(max(0, t.UnixMicro())) }
