package cache

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Origin is Rocket as the cache sees it.
type Origin interface {
	// Fetch returns the response to a query: valid JSON in the shape of its endpoint. foreground is closed as soon as a request waits
	// for it; until then other fetches may go first.
	Fetch(ctx context.Context, q *query.Query, foreground <-chan struct{}) ([]byte, error)

	// Failing reports whether Rocket is known not to respond to the query, so that stale entries are served at once, and whether one
	// refresh may be sent as a probe all the same.
	Failing(q *query.Query) (failing, probe bool)
}

// Options configure a Cache.
type Options struct {
	Origin        Origin
	Redis         *fleet.Redis // nil: memory alone
	Policy        Policy
	MemoryBytes   int64
	MaxEntryBytes int64                        // larger responses pass through
	FetchTimeout  time.Duration                // of a fetch, and of a caller's whole wait for Rocket
	RefreshFloor  time.Duration                // a caller's no-cache does not refetch younger entries
	AccountName   func(identity string) string // of an account, for the log; nil: its identity
	Outage        func(*query.Query) string    // why Rocket is known not to respond, for Explain; nil: that is not known
	Now           func() time.Time
	Log           *slog.Logger
	Tracer        trace.Tracer          // nil: no spans
	Metrics       prometheus.Registerer // nil: no metrics
}

// Entry is a response of Rocket with what is needed to serve it.
type Entry = store.Entry

// Cache serves queries. It is safe for concurrent use.
type Cache struct {
	*core
	tiers      tiers
	fetcher    fetcher
	filterings calls[*Entry]

	stop    context.CancelFunc // of what runs all the time
	running sync.WaitGroup     // what runs all the time
}

// core is what the parts of a Cache share.
type core struct {
	Options
	metrics *metrics
	memory  *store.Memory
	redis   *store.Redis // nil: memory alone
	clock   *store.Clock
	purges  *purges
	record  *purgeRecord // nil: memory alone
	once    *fleet.Once
	tasks   tasks
}

// New returns an empty cache.
func New(o Options) (*Cache, error) {
	if o.AccountName == nil {
		o.AccountName = func(identity string) string { return identity }
	}
	if o.Outage == nil {
		o.Outage = func(*query.Query) string { return "Rocket is failing" }
	}
	core := &core{Options: o, metrics: newMetrics(o.Metrics), clock: store.NewClock(o.Now), purges: newPurges()}
	core.once = fleet.NewOnce(o.Redis, backoff, o.Now)
	core.redis = store.NewRedis(o.Redis, core.clock)
	evicted := core.metrics.evicted
	var err error
	core.memory, err = store.NewMemory(o.MemoryBytes, o.Now, evicted.WithLabelValues("room"), evicted.WithLabelValues("age"))
	if err != nil {
		return nil, err
	}
	core.metrics.observe(core.memory, o.MemoryBytes)
	c := &Cache{core: core}
	c.tiers.core = core
	c.fetcher.core, c.fetcher.tiers = core, &c.tiers
	c.fetcher.closing, c.fetcher.abort = context.WithCancel(context.Background())
	c.start()
	return c, nil
}

// start follows the messages and the record of purges in Redis.
func (c *Cache) start() {
	var life context.Context
	life, c.stop = context.WithCancel(context.Background())
	if c.Redis == nil {
		return
	}
	c.record = newPurgeRecord(c.core)
	c.Redis.Subscribe(c.receive, func() {
		c.tiers.subscribed.Store(c.Now().UnixNano())
		signal(c.record.back)
	})
	c.running.Go(func() { c.record.follow(life) })
}

// receive handles a message of another replica: that it stored an entry, so that an older one in memory is compared before it is used
// again, that a request waits for what this replica fetches in the background, or that something was purged.
func (c *Cache) receive(topic, text string) {
	if topic == purgeTopic {
		signal(c.record.news)
		return
	}
	switch key, err := query.ParseKey(topic); {
	case err != nil:
	case text == fleet.Promote:
		c.fetcher.calls.promote(key)
	default:
		c.tiers.outdate(key, text)
	}
}

// abortTime is how long aborted fetches may take to publish that: a command to Redis, and the callers' responses.
const abortTime = 500 * time.Millisecond

// errClosing is why a fetch was aborted. Another replica may fetch at once.
var errClosing = &fault.Error{
	Kind: fault.UpstreamUnavailable, RetryAfter: time.Second,
	Detail: "This replica of the gateway is shutting down and aborted the fetch. Send the request again.",
}

// Close waits until every fetch has ended and is stored. Those that are under way when the context ends are aborted,
// and Close returns an error: their leases go to waiters elsewhere, and waiters here get a stale entry, or a failure.
func (c *Cache) Close(ctx context.Context) error {
	c.stop()
	c.running.Wait()
	err := c.tasks.wait(ctx)
	c.fetcher.abort()
	if err != nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
		defer cancel()
		if c.tasks.wait(limited) != nil {
			return err
		}
	}
	c.memory.Close()
	return err
}

// limit returns a context with the deadline of a fetch, which comes early if Close aborts it.
func (f *fetcher) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, abort := context.WithCancelCause(ctx)
	detach := context.AfterFunc(f.closing, func() { abort(errClosing) })
	ctx, cancel := context.WithTimeout(ctx, f.FetchTimeout)
	return ctx, func() {
		detach()
		cancel()
		abort(nil)
	}
}

// errWaitEnded is why a call ended that waited for another replica's fetch, which continues.
var errWaitEnded = errors.New("the fetch of another replica did not end in time")

// waitEnded returns the error of a call whose wait for another replica's fetch has ended.
func waitEnded(wait context.Context) error {
	if cause := context.Cause(wait); errors.Is(cause, errClosing) {
		return cause
	}
	return timeout(errWaitEnded)
}

func timeout(cause error) error {
	return &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket did not respond in time.", Cause: cause}
}

// span begins a span of a trace, which end ends.
func (c *core) span(ctx context.Context, name string) (_ context.Context, end func()) {
	if c.Tracer == nil {
		return ctx, func() {}
	}
	ctx, span := c.Tracer.Start(ctx, name)
	return ctx, func() { span.End() }
}

// lease counts the outcome of a lease, and adds it to the span of ctx.
func (c *core) lease(ctx context.Context, outcome string) {
	c.metrics.leases.WithLabelValues(outcome).Inc()
	trace.SpanFromContext(ctx).AddEvent("lease " + outcome)
}
