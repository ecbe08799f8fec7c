package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// readInterval is how often the leases that callers wait for are read, in case a message is lost.
const readInterval = time.Second

// Promote is the message to a background holder that a request waits for its result. An attempt to acquire its lease publishes it.
const Promote = "promote"

// noLease is a lease that never exists: an attempt to replace it acquires none.
const noLease = "none"

// waiters are the callers of this replica that wait for the leases of others. A message wakes them, or a read of their leases, all in
// one pipeline.
type waiters struct {
	redis *Redis

	mu  sync.Mutex
	all map[*waiter]bool // guarded by mu
}

// waiter waits for the end of another replica's lease.
type waiter struct {
	Keys
	news chan struct{} // has a value if the lease is worth another attempt
	read chan string   // has the lease as it was read, "" if there is none

	lease string    // as it was read last
	since time.Time // when it was read first
}

// add returns a waiter that messages wake from now on.
func (w *waiters) add(k Keys) *waiter {
	one := &waiter{Keys: k, news: make(chan struct{}, 1), read: make(chan string, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[one] = true
	return one
}

func (w *waiters) remove(one *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, one)
}

// wake wakes the waiters for a topic.
func (w *waiters) wake(topic, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		if one.Topic == topic && text != Promote {
			offer(one.news, struct{}{})
		}
	}
}

// offer sends a value unless the buffer of the channel is full.
func offer[T any](to chan<- T, value T) {
	select {
	case to <- value:
	default:
	}
}

// run reads the leases until ctx ends.
func (w *waiters) run(ctx context.Context) {
	ticker := time.NewTicker(readInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.read(ctx)
		}
	}
}

// read reads the leases in one pipeline, which the client splits by the nodes of a Cluster. If Redis is unavailable, the waiters attempt
// to acquire, and find that out.
func (w *waiters) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	w.mu.Lock()
	all := slices.Collect(maps.Keys(w.all))
	w.mu.Unlock()
	pipe := w.redis.Client.Pipeline()
	leases := map[*waiter]*redis.StringCmd{}
	for _, one := range all {
		if !w.redis.available(ctx, one.Lease) {
			offer(one.news, struct{}{})
			continue
		}
		leases[one] = pipe.Get(ctx, one.Lease)
	}
	if len(leases) == 0 {
		return
	}
	_ = w.redis.run(ctx, func(ctx context.Context) error { _, err := pipe.Exec(ctx); return err })
	for one, reply := range leases {
		lease, err := reply.Result()
		w.redis.count(err)
		switch {
		case err == nil, errors.Is(err, redis.Nil):
			offer(one.read, lease)
		case errors.As(err, new(redis.Error)):
			offer(one.news, struct{}{})
		}
	}
}

// wait waits until the lease is worth another attempt, also since a request waits from now on, or the context ends. It returns the lease if
// its holder does not renew it, or noLease if there is none.
func (o *waiter) wait(ctx context.Context, lease string, requested <-chan struct{}) (replace string) {
	if lease != o.lease {
		o.lease, o.since = lease, time.Now()
	}
	stopped := time.NewTimer(time.Until(o.since.Add(LeaseLife)))
	defer stopped.Stop()
	for {
		select {
		case <-o.news:
			return ""
		case read := <-o.read:
			switch {
			case read == "" && o.lease != "": // if it was lost, its holder acquires it again
				return noLease
			case read == "", ownerOf(read) != ownerOf(o.lease):
				return ""
			case read != o.lease:
				o.lease, o.since = read, time.Now()
				stopped.Reset(LeaseLife)
			}
		case <-stopped.C:
			return o.lease
		case <-requested:
			return ""
		case <-ctx.Done():
			return ""
		}
	}
}
