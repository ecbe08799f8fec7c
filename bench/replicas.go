package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	eventRounds = 200 // of each kind, with another query each
	slowFetch   = 20 * time.Millisecond
)

// fleetOf is the engines of several replicas in this process, on one Redis.
type fleetOf struct {
	caches []*cache.Cache
	redis  *redis.Client // for its statistics
	used   int           // queries
}

// simpleOrigin responds with 20 KB.
type simpleOrigin struct {
	body  []byte
	calls atomic.Int64
}

// Fetch returns the body.
func (o *simpleOrigin) Fetch(context.Context, *query.Query, <-chan struct{}) ([]byte, error) {
	o.calls.Add(1)
	time.Sleep(slowFetch)
	return o.body, nil
}

// Failing reports that nothing fails.
func (*simpleOrigin) Failing(*query.Query) (failing, probe bool) { return false, false }

func (l *lab) fleet(address string, n int) (*fleetOf, error) {
	f := &fleetOf{redis: redis.NewClient(&redis.Options{Addr: address})}
	log := slog.New(slog.DiscardHandler)
	for range n {
		r, err := fleet.Connect(fleet.Options{URL: "redis://" + address, KeyPrefix: fmt.Sprintf("bench%d:", n), Log: log})
		if err != nil {
			return nil, err
		}
		c, err := cache.New(cache.Options{
			Origin: &simpleOrigin{body: body(sizes[1])}, Redis: r, MemoryBytes: 256 << 20, MaxEntryBytes: 8 << 20, FetchTimeout: 30 * time.Second,
			Policy: cache.Policy{Location: time.UTC, Open: time.Hour, Settling: time.Hour, Closed: time.Hour, Pickers: time.Hour},
			Now:    time.Now, Log: log,
		})
		if err != nil {
			return nil, err
		}
		f.caches = append(f.caches, c)
		l.stops = append(l.stops, func() { _, _ = c.Close(context.Background()), r.Close() })
	}
	time.Sleep(2 * time.Second) // subscriptions and connections
	return f, nil
}

// traffic is what Redis has handled.
type redisTraffic struct{ commands, bytes, messages float64 }

func (a redisTraffic) minus(b redisTraffic) redisTraffic {
	return redisTraffic{a.commands - b.commands, a.bytes - b.bytes, a.messages - b.messages}
}

func (a redisTraffic) times(n float64) redisTraffic {
	return redisTraffic{a.commands * n, a.bytes * n, a.messages * n}
}

// traffic returns Redis's own counts; each published message goes to all replicas.
func (f *fleetOf) traffic(ctx context.Context) (t redisTraffic, err error) {
	info, err := f.redis.Info(ctx, "stats", "commandstats").Result()
	number := func(after, before string) float64 {
		_, rest, _ := strings.Cut(info, after)
		text, _, _ := strings.Cut(rest, before)
		n, _ := strconv.ParseFloat(text, 64)
		return n
	}
	for line := range strings.SplitSeq(info, "\r\n") {
		if name, after, ok := strings.Cut(line, ":calls="); ok && strings.HasPrefix(name, "cmdstat_") && name != "cmdstat_info" {
			calls, _, _ := strings.Cut(after, ",")
			n, _ := strconv.ParseFloat(calls, 64)
			t.commands += n
		}
	}
	t.bytes = number("total_net_input_bytes:", "\r\n") + number("total_net_output_bytes:", "\r\n")
	t.messages = number("\r\ncmdstat_publish:calls=", ",") * float64(len(f.caches))
	return t, err
}

// event is something that callers or operators do, with a fresh query.
type event struct {
	name string
	do   func(ctx context.Context, f *fleetOf, q *query.Query) error
}

var events = []event{
	{"miss", func(ctx context.Context, f *fleetOf, q *query.Query) error { return f.get(ctx, 0, q) }},
	{"miss, all replicas at once", func(ctx context.Context, f *fleetOf, q *query.Query) error {
		group, ctx := errgroup.WithContext(ctx)
		for i := range f.caches {
			group.Go(func() error { return f.get(ctx, i, q) })
		}
		return group.Wait()
	}},
	{"miss, then 1000 hits", func(ctx context.Context, f *fleetOf, q *query.Query) (err error) {
		for range 1000 {
			err = errors.Join(err, f.get(ctx, 0, q))
		}
		return err
	}},
	{"miss, then a hit from Redis in the last replica", func(ctx context.Context, f *fleetOf, q *query.Query) error {
		return errors.Join(f.get(ctx, 0, q), f.get(ctx, len(f.caches)-1, q))
	}},
	{"purge", purge},
	{"purge, after 4000 others", purge}, // the record of purges is bounded by 10,000
}

func purge(ctx context.Context, f *fleetOf, q *query.Query) error {
	return f.caches[0].Purge(ctx, cache.Purge{Tags: []string{"customer:" + q.CustomerID}})
}

const manyPurges = 4000

// purgeMany purges so many other tags at once.
func (f *fleetOf) purgeMany(ctx context.Context) error {
	var tags []string
	for n := range manyPurges {
		tags = append(tags, fmt.Sprintf("customer:other%d", n))
	}
	err := f.caches[0].Purge(ctx, cache.Purge{Tags: tags})
	time.Sleep(2 * time.Second) // every replica has read the record
	return err
}

func (f *fleetOf) get(ctx context.Context, replica int, q *query.Query) error {
	_, err := f.caches[replica].Get(ctx, q, q.Key(), cache.Directives{})
	return err
}

// fresh returns a query that was not used before.
func (f *fleetOf) fresh() *query.Query {
	f.used++
	return &query.Query{Account: "a", Provider: query.Azure, Endpoint: query.Usages, Params: query.Params{
		Start: "2025-06-01", End: "2025-06-30", CustomerID: strconv.Itoa(f.used), View: "customers", InvoiceType: "1", Cost: "resellers",
	}}
}

const idleTime = 5 * time.Second

// measureReplicas counts what events cost one Redis, by the number of replicas. What replicas do when idle is subtracted.
func measureReplicas(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	for _, n := range []int{1, 2, 4, 8, 16} {
		address, err := l.redis(ctx)
		if err != nil {
			return "", nil, err
		}
		f, err := l.fleet(address, n)
		if err != nil {
			return "", nil, err
		}
		if err := f.measure(ctx, &raw); err != nil {
			return "", nil, err
		}
		if err := l.renew(); err != nil {
			return "", nil, err
		}
	}
	return reportReplicas(raw), raw, nil
}

func (f *fleetOf) measure(ctx context.Context, raw *samples) error {
	x := strconv.Itoa(len(f.caches))
	during := func(do func() error) (redisTraffic, time.Duration, error) {
		before, err := f.traffic(ctx)
		begun := time.Now()
		err = errors.Join(err, do())
		took := time.Since(begun)
		after, afterErr := f.traffic(ctx)
		return after.minus(before), took, errors.Join(err, afterErr)
	}
	idle, took, err := during(func() error { time.Sleep(idleTime); return nil })
	if err != nil {
		return err
	}
	idle = idle.times(1 / took.Seconds())
	f.add(raw, "idle, each second", x, idle)
	for _, e := range events {
		progress("%s replicas: %s", x, e.name)
		if strings.Contains(e.name, "after") {
			if err := f.purgeMany(ctx); err != nil {
				return err
			}
		}
		used, took, err := during(func() (err error) {
			for range eventRounds {
				err = errors.Join(err, e.do(ctx, f, f.fresh()))
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		f.add(raw, e.name, x, used.minus(idle.times(took.Seconds())).times(1.0/eventRounds))
	}
	return nil
}

func (f *fleetOf) add(raw *samples, event, x string, t redisTraffic) {
	raw.add(event, x, "commands", 0, t.commands)
	raw.add(event, x, "bytes", 0, t.bytes)
	raw.add(event, x, "messages", 0, t.messages)
}

// reportReplicas has each cost as a + b × replicas, by the smallest and the largest fleet.
func reportReplicas(raw samples) string {
	text := "## Growth: replicas\n\n" +
		"What an event costs one Redis: commands (those within scripts too), bytes in and out, and messages to replicas.\n" +
		"An entry has 20 KB.\n\n" +
		raw.table("replicas", func(series, x string) string {
			commands, bytes, messages := raw.middle(series, x, "commands"), raw.middle(series, x, "bytes"), raw.middle(series, x, "messages")
			return fmt.Sprintf("%.1f, %.1f KB, %.1f", commands, bytes/1000, messages)
		}) + "\nBy a straight line through the smallest and the largest fleet, for 64 replicas:\n\n" +
		"| | commands | KB |\n| --- | --- | --- |\n"
	xs := raw.names(xOf)
	first, last := xs[0], xs[len(xs)-1]
	x0, _ := strconv.ParseFloat(first, 64)
	x1, _ := strconv.ParseFloat(last, 64)
	for _, series := range raw.names(seriesOf) {
		beyond := func(metric string) float64 {
			y0, y1 := raw.middle(series, first, metric), raw.middle(series, last, metric)
			return y0 + (y1-y0)/(x1-x0)*(64-x0)
		}
		text += fmt.Sprintf("| %s | %.1f | %.1f |\n", series, beyond("commands"), beyond("bytes")/1000)
	}
	text += "\n"
	for _, series := range raw.names(seriesOf) {
		text += "- " + series + ": " + raw.growth(series, "commands")
	}
	return text
}
