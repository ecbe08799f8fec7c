package cache

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// bell hears of every key that some replica has just stored, or failed to fetch. It wakes those who wait for the key here,
// and tells the cache. A message may be lost: waiters look by themselves too, and copies in memory are checked anyway.
type bell struct {
	channel string
	sub     *redis.PubSub
	done    chan struct{}

	mu      sync.Mutex
	waiters map[string]map[chan struct{}]bool   // guarded by mu, by key
	heard   func(key query.Key, started uint64) // guarded by mu
}

func newBell(client redis.UniversalClient, channel string) *bell {
	b := &bell{
		channel: channel, sub: client.Subscribe(context.Background(), channel), done: make(chan struct{}),
		waiters: map[string]map[chan struct{}]bool{},
	}
	go func() {
		defer close(b.done)
		for message := range b.sub.Channel() {
			b.ring(message.Payload)
		}
	}()
	return b
}

// tell has f called with every key that rings, and when the fetch of what was stored began.
func (b *bell) tell(f func(key query.Key, started uint64)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = f
}

// ringing is a message: the key, and the start stamp of what was stored, 0 where the fetch failed.
func ringing(key query.Key, started uint64) string {
	return key.String() + " " + strconv.FormatUint(started, 10)
}

func (b *bell) ring(message string) {
	key, stamp, _ := strings.Cut(message, " ")
	started, _ := strconv.ParseUint(stamp, 10, 64)
	b.mu.Lock()
	defer b.mu.Unlock()
	for waiter := range b.waiters[key] {
		select {
		case waiter <- struct{}{}:
		default: // it has not taken the last one yet
		}
	}
	if k, err := query.ParseKey(key); err == nil && b.heard != nil {
		b.heard(k, started)
	}
}

// wait gives a channel that gets a value when key rings, until stop.
func (b *bell) wait(key string) (rings <-chan struct{}, stop func()) {
	waiter := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiters[key] == nil {
		b.waiters[key] = map[chan struct{}]bool{}
	}
	b.waiters[key][waiter] = true
	return waiter, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiters[key], waiter)
		if len(b.waiters[key]) == 0 {
			delete(b.waiters, key)
		}
	}
}

func (b *bell) close() {
	_ = b.sub.Close()
	<-b.done
}
