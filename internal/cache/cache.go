package cache

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Origin is Rocket as the cache sees it. The body is valid JSON in the shape of the question's endpoint.
type Origin interface {
	Fetch(ctx context.Context, q *query.Query) ([]byte, error)
}

// Options are what a Cache is made of.
type Options struct {
	Origin        Origin
	Redis         *Redis // nil: memory alone
	Policy        Policy
	MemoryBytes   int64
	MaxEntryBytes int64         // larger answers pass through
	FetchTimeout  time.Duration // a caller's whole wait for Rocket
	Now           func() time.Time
	Log           *slog.Logger
}

// Cache answers questions. It is safe for concurrent use.
type Cache struct {
	Options
	memory  *memory
	flights singleflight.Group
	waiting sync.WaitGroup // for flights to land, also on behalf of callers who left
}

// New makes an empty cache.
func New(o Options) (*Cache, error) {
	m, err := newMemory(o.MemoryBytes, o.Now)
	if err != nil {
		return nil, err
	}
	return &Cache{Options: o, memory: m}, nil
}

// Answer is an entry and how it came about. Where Get fails, Entry is nil and Status may still be worth telling.
type Answer struct {
	Entry  *Entry
	Status Status
}

// Get answers a complete question. The error is a *fault.Error, or the context's where the caller went away.
func (c *Cache) Get(ctx context.Context, q *query.Query) (Answer, error) {
	key := q.Key()
	now := c.Now()
	if e := c.memory.get(key); e != nil && e.fresh(now) {
		return hit(e, "memory", now), nil
	}
	return c.join(ctx, q, key)
}

// join waits for the one flight that looks for this key, started here if there is none.
func (c *Cache) join(ctx context.Context, q *query.Query, key query.Key) (Answer, error) {
	c.waiting.Add(1)
	led := false
	landed := c.flights.DoChan(string(key[:]), func() (any, error) {
		led = true
		return c.fly(context.WithoutCancel(ctx), q, key)
	})
	select {
	case <-ctx.Done():
		go func() { // the flight goes on; Close has to know
			<-landed
			c.waiting.Done()
		}()
		return Answer{}, ctx.Err()
	case flight := <-landed:
		c.waiting.Done()
		answer, _ := flight.Val.(Answer)
		if !led && !answer.Status.Hit {
			answer.Status.Stored = false
			answer.Status.FwdStatus = collapsedStatus(answer.Status, flight.Err)
			answer.Status.Collapsed = true
		}
		return answer, flight.Err
	}
}

// collapsedStatus keeps what Rocket answered where that was a failure: it explains the problem, or the stale body.
func collapsedStatus(s Status, err error) int {
	if err == nil && s.Fwd == FwdMiss {
		return 0
	}
	return s.FwdStatus
}

// fly looks everywhere, nearest first. It has a deadline of its own and survives a panic.
func (c *Cache) fly(ctx context.Context, q *query.Query, key query.Key) (answer Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.FetchTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a fetch: %v\n%s", p, debug.Stack())
		}
	}()
	// A flight may have landed between the caller's look into memory and the start of this one.
	kept, tier := c.memory.get(key), "memory"
	if kept == nil || !kept.fresh(c.Now()) {
		if remote := c.load(ctx, q, key); remote != nil && (kept == nil || remote.FetchedAt.After(kept.FetchedAt)) {
			kept, tier = remote, "redis"
			c.memory.set(key, remote)
		}
	}
	now := c.Now()
	switch {
	case kept != nil && kept.fresh(now):
		return hit(kept, tier, now), nil
	case kept != nil && !kept.usable(now):
		kept = nil
	}
	return c.fetch(ctx, q, key, kept)
}

// load reads the entry from Redis; whatever is wrong with it, there is none.
func (c *Cache) load(ctx context.Context, q *query.Query, key query.Key) *Entry {
	if c.Redis == nil {
		return nil
	}
	value := c.Redis.get(ctx, key)
	if value == nil {
		return nil
	}
	e, err := decode(value, q.Canonical(), c.MaxEntryBytes)
	if err != nil {
		c.Log.Warn("an entry in Redis cannot be used; asking Rocket", "key", key.String(), "error", err)
		return nil
	}
	return e.judged(&c.Policy, q)
}

// fetch asks Rocket and keeps the answer. stale, if there is one, stands in where Rocket fails.
func (c *Cache) fetch(ctx context.Context, q *query.Query, key query.Key, stale *Entry) (Answer, error) {
	status := Status{Fwd: FwdMiss}
	if stale != nil {
		status.Fwd = FwdStale
	}
	body, err := c.Origin.Fetch(ctx, q)
	if err != nil {
		failure := fault.Of(err)
		status.FwdStatus = failure.Status
		if stale != nil && standsIn(failure.Kind) {
			c.Log.Warn("Rocket failed; a stale answer stands in", "age", stale.Age(c.Now()).Round(time.Second), "error", err)
			return Answer{stale, status}, nil
		}
		return Answer{Status: status}, err
	}
	status.FwdStatus = http.StatusOK
	e := newEntry(&c.Policy, q, body, c.Now(), stale)
	status.Stored = c.store(ctx, q, key, e)
	return Answer{e, status}, nil
}

// standsIn says for which failures a stale answer is better than none. A refusal of the question itself is an answer.
func standsIn(kind fault.Kind) bool {
	switch kind {
	case fault.UpstreamError, fault.UpstreamTimeout, fault.UpstreamUnavailable, fault.UpstreamCredentials, fault.UpstreamInvalidResponse:
		return true
	default:
		return false
	}
}

// store keeps the entry in both tiers, and says whether it did.
func (c *Cache) store(ctx context.Context, q *query.Query, key query.Key, e *Entry) bool {
	if int64(len(e.Body)) > c.MaxEntryBytes {
		return false
	}
	c.memory.set(key, e)
	if c.Redis != nil {
		// The fetch may have used up its deadline; what it brought is kept all the same.
		c.Redis.set(context.WithoutCancel(ctx), key, encode(e, q.Canonical()), max(time.Second, e.GoneAt.Sub(c.Now())))
	}
	return true
}

// Size is the number of entries in memory and their weight in bytes.
func (c *Cache) Size() (entries int, bytes uint64) { return c.memory.size() }

// Close waits until every flight has landed and stored what it found, or the context ends. No Get may follow.
func (c *Cache) Close(ctx context.Context) error {
	landed := make(chan struct{})
	go func() {
		c.waiting.Wait()
		close(landed)
	}()
	select {
	case <-landed:
		c.memory.close()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func hit(e *Entry, tier string, now time.Time) Answer {
	return Answer{e, Status{Hit: true, Tier: tier, TTL: e.FreshUntil.Sub(now)}}
}
