package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Messages wake the waiters. In case one is lost, the leases that they wait for are read twice in the first second and once
// a second later.
const (
	watchInterval = 500 * time.Millisecond
	firstReads    = 2
	laterReads    = time.Second
)

// Promote is the message to a background holder that a request waits for its result.
const Promote = "promote"

// watcher reads what the waiters of this replica wait for, all of it in one pipeline.
type watcher struct {
	redis *Redis
	life  context.Context
	end   context.CancelFunc
	ended chan struct{}

	mu      sync.Mutex
	waiters map[string]map[*waiter]bool // guarded by mu, by topic
}

// waiter waits for the end of another replica's lease.
type waiter struct {
	Keys
	watcher *watcher
	wake    chan wake // has room for one

	// guarded by the watcher's mu
	waiting bool
	lease   string    // as it was read last
	since   time.Time // when it was read first
	next    time.Time // when it is to be read again
	reads   int
}

// wake is why a waiter does not wait any longer.
type wake struct {
	replace string // the lease that is not renewed; empty: there is news
	err     error
}

func newWatcher(r *Redis) *watcher {
	w := &watcher{redis: r, ended: make(chan struct{}), waiters: map[string]map[*waiter]bool{}}
	w.life, w.end = context.WithCancel(context.Background())
	go w.run()
	return w
}

func (w *watcher) close() {
	w.end()
	<-w.ended
}

// add returns a waiter that messages wake from now on.
func (w *watcher) add(k Keys) *waiter {
	one := &waiter{Keys: k, watcher: w, wake: make(chan wake, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiters[k.Topic] == nil {
		w.waiters[k.Topic] = map[*waiter]bool{}
	}
	w.waiters[k.Topic][one] = true
	return one
}

func (w *watcher) remove(one *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiters[one.Topic], one)
	if len(w.waiters[one.Topic]) == 0 {
		delete(w.waiters, one.Topic)
	}
}

// message wakes the waiters of a topic.
func (w *watcher) message(topic, text string) {
	if text == Promote {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.waiters[topic] {
		one.notify(wake{})
	}
}

func (o *waiter) notify(reason wake) {
	select {
	case o.wake <- reason:
	default: // it has not taken the last one yet
	}
}

// wait waits until the lease is worth another look. It returns the lease that is to be replaced, if its holder does not renew it. The
// error is ErrAlone or the context's. A background holder is told once a request waits.
func (o *waiter) wait(ctx context.Context, lease string, requested <-chan struct{}) (replace string, err error) {
	o.watcher.expect(o, lease)
	if parseLease(lease).priority != background {
		requested = nil
	} else if requested == nil {
		requested = closed
	}
	for {
		select {
		case reason := <-o.wake:
			return reason.replace, reason.err
		case <-requested:
			requested = nil
			o.watcher.promote(ctx, o.Topic)
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// closed is the signal of what a request waits for from the beginning.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (w *watcher) promote(ctx context.Context, topic string) {
	_ = w.redis.Do(ctx, w.redis.Messages.Channel, func(ctx context.Context) error {
		return w.redis.Client.Publish(ctx, w.redis.Messages.Channel, Message(topic, Promote)).Err()
	})
}

// expect has a waiter's lease read from now on.
func (w *watcher) expect(one *waiter, lease string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if lease != one.lease {
		one.lease, one.since = lease, now
	}
	if !one.waiting {
		one.waiting, one.next = true, now.Add(watchInterval)
	}
}

func (w *watcher) run() {
	defer close(w.ended)
	ticker := time.NewTicker(watchInterval / 5)
	defer ticker.Stop()
	for {
		select {
		case <-w.life.Done():
			return
		case <-ticker.C:
			if due := w.due(time.Now()); len(due) > 0 {
				w.read(due)
			}
		}
	}
}

// due returns the waiters whose leases are to be read.
func (w *watcher) due(now time.Time) (due []*waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, some := range w.waiters {
		for one := range some {
			if !one.waiting || now.Before(one.next) {
				continue
			}
			one.reads++
			one.next = now.Add(laterReads)
			if one.reads < firstReads {
				one.next = now.Add(watchInterval)
			}
			due = append(due, one)
		}
	}
	return due
}

// read reads leases in one pipeline, which the client splits by the nodes of a Cluster, and wakes the waiters of those that have
// ended, failed, or are not renewed.
func (w *watcher) read(due []*waiter) {
	ctx, cancel := context.WithTimeout(w.life, commandTimeout)
	defer cancel()
	pipe := w.redis.Client.Pipeline()
	replies := map[*waiter]*redis.StringCmd{}
	for _, one := range due {
		if !w.redis.available(ctx, one.Lease) {
			one.notify(wake{err: fmt.Errorf("%w: %w", ErrAlone, ErrUnavailable)})
			continue
		}
		replies[one] = pipe.Get(ctx, one.Lease)
	}
	if len(replies) == 0 {
		return
	}
	_ = w.redis.run(ctx, func(ctx context.Context) error { _, err := pipe.Exec(ctx); return err })
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for one, reply := range replies {
		lease, err := reply.Result()
		var refusal redis.Error
		w.redis.count(err)
		switch {
		case errors.Is(err, redis.Nil):
			one.notify(wake{})
		case errors.As(err, &refusal):
			one.notify(wake{err: fmt.Errorf("%w: %w", ErrAlone, err)})
		case err != nil: // the next reading uses another connection, or finds that the node is unavailable
			one.next = now
		case !sameHolder(lease, one.lease):
			one.notify(wake{})
		case lease != one.lease:
			one.lease, one.since = lease, now
		case now.Sub(one.since) >= LeaseLife:
			one.notify(wake{replace: lease})
		}
	}
}

func sameHolder(a, b string) bool {
	a, _, _ = strings.Cut(a, " ")
	b, _, _ = strings.Cut(b, " ")
	return a == b
}
