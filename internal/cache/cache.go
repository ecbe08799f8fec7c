package cache

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Origin is Rocket as the cache sees it. The body is valid JSON in the shape of the question's endpoint. awaited is closed as
// soon as somebody waits for it; what nobody waits for yet may stand back.
type Origin interface {
	Fetch(ctx context.Context, q *query.Query, awaited <-chan struct{}) ([]byte, error)

	// Failing reports whether Rocket is known not to respond to the query, so that stale entries are served at once, and whether one
	// refresh may be sent as a probe all the same.
	Failing(q *query.Query) (failing, probe bool)
}

// Options are what a Cache is made of.
type Options struct {
	Origin        Origin
	Redis         *fleet.Redis // nil: memory alone
	Policy        Policy
	MemoryBytes   int64
	MaxEntryBytes int64         // larger answers pass through
	FetchTimeout  time.Duration // a caller's whole wait for Rocket
	RefreshFloor  time.Duration // a caller's no-cache does not refetch what is younger
	Now           func() time.Time
	Log           *slog.Logger
	Tracer        trace.Tracer // nil: there are no spans

	OnRestatement func(q *query.Query) // told when a closed period has other amounts; may be nil
	OnTooLarge    func(q *query.Query) // told of an answer that passed through; may be nil
	OnEvent       func(Event)          // told of what metrics count beside answers; must not wait; may be nil
}

// Cache answers questions. It is safe for concurrent use.
type Cache struct {
	Options
	memory    *memory
	shared    *shared          // nil: memory alone
	lookups   flights[*Entry]  // looks into Redis
	flights   flights[landing] // fetches
	filtering flights[*Entry]  // filters of entries
	running   tasks            // all that goes on without a caller, and callers in wait
	purged    *purges
	reading   chan struct{} // has room for who reads the purges
	clock     clock
	once      *fleet.Once
	purgeNews chan struct{} // has a value after a message about a purge

	outdated   atomic.Int64 // counts the messages about newer entries
	subscribed atomic.Int64 // Unix nanoseconds since when every message about a newer entry arrives here

	life      context.Context // of what goes on all the time
	end       context.CancelFunc
	following sync.WaitGroup // what goes on all the time

	ending context.Context // ended once Close gives up the fetches that are still under way
	giveUp context.CancelFunc
}

// New makes an empty cache.
func New(o Options) (*Cache, error) {
	m, err := newMemory(o.MemoryBytes, o.Now, o.count)
	if err != nil {
		return nil, err
	}
	c := &Cache{Options: o, memory: m, purged: newPurges()}
	c.life, c.end = context.WithCancel(context.Background())
	c.ending, c.giveUp = context.WithCancel(context.Background())
	c.clock.now = o.Now
	c.once = fleet.NewOnce(o.Redis, backoff, o.Now)
	c.reading, c.purgeNews = make(chan struct{}, 1), make(chan struct{}, 1)
	if c.Redis != nil {
		c.shared = &shared{c.Redis, &c.clock}
		c.Redis.Messages.OnMessage(c.message)
		c.Redis.Messages.OnSubscribe(func() { c.subscribed.Store(c.Now().UnixNano()) })
		c.following.Go(func() { c.followPurges(c.life) })
	}
	return c, nil
}

// Answer is an entry and how it came about. Where Get fails, Entry is nil and Status may still be worth telling.
type Answer struct {
	Entry      *Entry
	FreshUntil time.Time // the entry's, or when a purge ended it
	Status     Status
}

// Get answers a complete question, whose key who asks it again need not compute again. The error is a *fault.Error, or the
// context's where the caller went away.
func (c *Cache) Get(ctx context.Context, q *query.Query, key query.Key, d Directives) (Answer, error) {
	ctx, end := c.span(ctx, "cache")
	defer end()
	begun := c.Now()
	kept, tier, err := c.look(ctx, q, key, begun)
	if err != nil {
		return Answer{}, err
	}
	now := c.Now()
	until, usable := c.standing(kept, now)
	e := errand{q: q, key: key, admit: d.Admit, unhurried: d.Unhurried, forced: d.NoCache, waited: now.Sub(begun)}
	if usable {
		e.kept = kept
	}
	forced := usable && d.NoCache && kept.Age(now) >= c.RefreshFloor
	switch {
	case !usable && d.OnlyIfCached:
		return Answer{}, &fault.Error{Kind: fault.CacheMiss, Detail: "No cached answer is there, and the request asked for no other."}
	case !usable:
		return c.ask(ctx, e, FwdMiss)
	case d.OnlyIfCached:
		return hit(kept, tier, until, now, StaleOnlyIfCached), nil
	case !forced && now.Before(until) && now.Before(kept.refreshAt):
		return hit(kept, tier, until, now, ""), nil
	case !now.Before(until) && c.failing(ctx, e), c.once.Failure(c.keysOf(key)) != nil:
		return hit(kept, tier, until, now, StalePaused), nil
	case forced:
		return c.ask(ctx, e, FwdRequest)
	case now.Before(until.Add(c.Policy.StaleWhileRevalidate)):
		c.refresh(ctx, e)
		return hit(kept, tier, until, now, StaleRevalidating), nil
	default:
		return c.ask(ctx, e, FwdStale)
	}
}

// standing says until when the entry, which may be nil, is fresh, and whether it may be used at all.
func (c *Cache) standing(e *Entry, now time.Time) (until time.Time, usable bool) {
	if e == nil || !now.Before(e.GoneAt) {
		return time.Time{}, false
	}
	at, soft, hard := c.purged.hit(e)
	until = e.FreshUntil
	switch {
	case hard:
		return time.Time{}, false
	case soft:
		for _, end := range []time.Time{at, now} { // a purge was before now, whatever the clocks say
			if end.Before(until) {
				until = end
			}
		}
	}
	return until, true
}

func (c *Cache) fresh(e *Entry, now time.Time) bool {
	until, usable := c.standing(e, now)
	return usable && now.Before(until)
}

// hit answers from a tier. why is the reason where the entry is stale.
func hit(e *Entry, tier string, until, now time.Time, why Stale) Answer {
	return Answer{e, until, Status{Hit: true, Tier: tier, TTL: until.Sub(now), Stale: why}.judged(until, now)}
}

// Size is the number of entries in memory and their weight in bytes.
func (c *Cache) Size() (entries int, bytes uint64) { return c.memory.size() }
