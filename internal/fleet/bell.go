package fleet

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Bell is heard by every replica. A ring is a topic, one word, and what there is to say about it. Rings may be lost: whoever
// waits for one looks by himself too, from time to time.
type Bell struct {
	Channel string // where scripts publish a Ring

	sub  *redis.PubSub
	done chan struct{}

	mu      sync.Mutex
	waiters map[string]map[chan struct{}]bool // guarded by mu, by topic
	heard   []func(topic, text string)        // guarded by mu
	began   []func()                          // guarded by mu
}

func newBell(client redis.UniversalClient, channel string) *Bell {
	b := &Bell{
		Channel: channel, sub: client.Subscribe(context.Background(), channel), done: make(chan struct{}),
		waiters: map[string]map[chan struct{}]bool{},
	}
	go func() {
		defer close(b.done)
		for received := range b.sub.ChannelWithSubscriptions() {
			switch message := received.(type) {
			case *redis.Subscription:
				b.begin()
			case *redis.Message:
				b.ring(message.Payload)
			}
		}
	}()
	return b
}

// OnSubscribe has f called whenever a subscription begins, also after an interruption: messages before it may have been lost. f must
// not block.
func (b *Bell) OnSubscribe(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.began = append(b.began, f)
}

func (b *Bell) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.began {
		f()
	}
}

// Ring is the message that tells text about topic.
func Ring(topic, text string) string { return topic + " " + text }

// Tell has f called with every ring. It must not wait for anything.
func (b *Bell) Tell(f func(topic, text string)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = append(b.heard, f)
}

func (b *Bell) ring(message string) {
	topic, text, _ := strings.Cut(message, " ")
	b.mu.Lock()
	defer b.mu.Unlock()
	for waiter := range b.waiters[topic] {
		select {
		case waiter <- struct{}{}:
		default: // it has not taken the last one yet
		}
	}
	for _, f := range b.heard {
		f(topic, text)
	}
}

// Wait gives a channel that gets a value when topic rings, until stop.
func (b *Bell) Wait(topic string) (rings <-chan struct{}, stop func()) {
	waiter := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiters[topic] == nil {
		b.waiters[topic] = map[chan struct{}]bool{}
	}
	b.waiters[topic][waiter] = true
	return waiter, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiters[topic], waiter)
		if len(b.waiters[topic]) == 0 {
			delete(b.waiters, topic)
		}
	}
}

func (b *Bell) close() {
	_ = b.sub.Close()
	<-b.done
}
