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

// watchInterval is how often the leases that callers wait for are read, in case a message is lost.
const watchInterval = time.Second

// Promote is the message to a background holder that a request waits for its result. An attempt to acquire its lease publishes it.
const Promote = "promote"

// look is a lease that is never there: an attempt to replace it acquires none.
const look = "none"

// watcher wakes the callers of this replica that wait for the leases of others: at a message, or when their leases are read, all of them
// in one pipeline.
type watcher struct {
	redis *Redis
	end   context.CancelFunc
	ended chan struct{}

	mu      sync.Mutex
	waiters map[*waiter]bool // guarded by mu
}

// waiter waits for the end of another replica's lease.
type waiter struct {
	Keys
	news chan struct{} // has a value if the lease is worth another attempt
	read chan string   // has the lease as it was read, "" if there is none

	lease string    // as it was read last
	since time.Time // when it was read first
}

func newWatcher(r *Redis) *watcher {
	ctx, end := context.WithCancel(context.Background())
	w := &watcher{redis: r, end: end, ended: make(chan struct{}), waiters: map[*waiter]bool{}}
	go w.run(ctx)
	return w
}

func (w *watcher) close() {
	w.end()
	<-w.ended
}

// add returns a waiter that messages wake from now on.
func (w *watcher) add(k Keys) *waiter {
	one := &waiter{Keys: k, news: make(chan struct{}, 1), read: make(chan string, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiters[one] = true
	return one
}

func (w *watcher) remove(one *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiters, one)
}

// all returns those who wait now.
func (w *watcher) all() []*waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.waiters))
}

// message wakes the waiters of a topic.
func (w *watcher) message(topic, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.waiters {
		if one.Topic == topic && text != Promote {
			offer(one.news, struct{}{})
		}
	}
}

// offer sends to a channel that has room for one, unless the last one has not been taken yet.
func offer[T any](to chan<- T, what T) {
	select {
	case to <- what:
	default:
	}
}

// wait waits until the lease is worth another attempt, also since a request waits from now on, or the context ends. It returns the lease if
// its holder does not renew it, or look if there is none.
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
			case read == "" && o.lease != "": // it may have been lost, then its holder takes it again
				return look
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

func (w *watcher) run(ctx context.Context) {
	defer close(w.ended)
	ticker := time.NewTicker(watchInterval)
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

// read reads the leases in one pipeline, which the client splits by the nodes of a Cluster. Where Redis is unavailable, the attempts of
// the waiters find that out.
func (w *watcher) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	pipe := w.redis.Client.Pipeline()
	leases := map[*waiter]*redis.StringCmd{}
	for _, one := range w.all() {
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
