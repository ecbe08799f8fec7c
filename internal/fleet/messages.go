package fleet

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Messages are what the replicas publish for each other: a topic, one word, and a text. Messages may be lost; they save time, and
// nothing relies on them.
type Messages struct {
	Channel string // where scripts publish a Message

	sub  *redis.PubSub
	done chan struct{}

	mu           sync.Mutex
	onMessage    []func(topic, text string) // guarded by mu
	onSubscribed []func()                   // guarded by mu
}

func newMessages(client redis.UniversalClient, channel string) *Messages {
	m := &Messages{Channel: channel, sub: client.Subscribe(context.Background(), channel), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		for received := range m.sub.ChannelWithSubscriptions() {
			switch received := received.(type) {
			case *redis.Subscription:
				m.subscribed()
			case *redis.Message:
				m.received(received.Payload)
			}
		}
	}()
	return m
}

// Message is the payload that tells text about topic.
func Message(topic, text string) string { return topic + " " + text }

// OnMessage has f called with every message. f must not block.
func (m *Messages) OnMessage(f func(topic, text string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onMessage = append(m.onMessage, f)
}

// OnSubscribe has f called whenever a subscription begins, also after an interruption: messages before it may have been lost. f must
// not block.
func (m *Messages) OnSubscribe(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onSubscribed = append(m.onSubscribed, f)
}

func (m *Messages) received(payload string) {
	topic, text, _ := strings.Cut(payload, " ")
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.onMessage {
		f(topic, text)
	}
}

func (m *Messages) subscribed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.onSubscribed {
		f()
	}
}

func (m *Messages) close() {
	_ = m.sub.Close()
	<-m.done
}
