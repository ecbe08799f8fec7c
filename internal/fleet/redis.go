package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

// commandTimeout bounds a command, including the wait for a connection of our own pool. It is no evidence about Redis: the Monitor
// ends commands much earlier if a node does not reply.
const commandTimeout = 10 * time.Second

// ErrUnavailable is returned if the node for a command is known not to reply. The command was not sent.
var ErrUnavailable = errors.New("redis is unavailable")

// Options configure a Redis.
type Options struct {
	URL       string // as in REDIS_URL
	KeyPrefix string // of every key and channel
	Log       *slog.Logger
	Metrics   prometheus.Registerer // nil: no metrics
}

// Redis is a connection to a Redis, a Cluster, or what Sentinels name. It is safe for concurrent use.
type Redis struct {
	Client  redis.UniversalClient // for the commands that Do runs
	Channel string                // on which scripts publish a Message

	url         *atomic.Pointer[redisurl.URL] // with the current credentials; nil if New got the client
	prefix      string
	monitor     *Monitor
	waiters     *waiters
	gets        gets
	metrics     *metrics
	log         *slog.Logger
	lastRefusal atomic.Int64 // Unix nanoseconds of the last refusal that was logged

	sub         *redis.PubSub
	mu          sync.Mutex
	subscribers []subscriber // guarded by mu

	stop    context.CancelFunc
	running sync.WaitGroup
}

// The library writes to standard error through one global logger. Our own log has what matters.
var silenceLibrary sync.Once

// Connect returns a Redis that connects at the first command, never before: the gateway starts without Redis.
func Connect(o Options) (*Redis, error) {
	u, err := redisurl.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	m, current := NewMonitor(o.Log), new(atomic.Pointer[redisurl.URL])
	current.Store(&u)
	r := New(newClient(u, current, m), m, o)
	r.url = current
	return r, nil
}

// New returns a Redis over a client whose connections the Monitor observes.
func New(client redis.UniversalClient, m *Monitor, o Options) *Redis {
	silenceLibrary.Do(logging.Disable)
	r := &Redis{Client: client, monitor: m, prefix: o.KeyPrefix, log: o.Log, metrics: newMetrics(o.Metrics, client, m)}
	r.Channel = r.Key("stored")
	r.gets = gets{redis: r, open: map[string]*pipeline{}}
	r.waiters = &waiters{redis: r, all: map[*waiter]bool{}}
	r.Subscribe(r.waiters.wake, func() {})
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	r.sub = client.Subscribe(ctx, r.Channel)
	r.running.Go(r.receive)
	r.running.Go(func() { m.probe(ctx, client) })
	r.running.Go(func() { r.waiters.run(ctx) })
	return r
}

// Close closes the connections and waits for the goroutines behind them.
func (r *Redis) Close() error {
	r.stop()
	_ = r.sub.Close()
	r.running.Wait()
	return r.Client.Close()
}

// Key returns the name under which something is stored, with REDIS_KEY_PREFIX.
func (r *Redis) Key(name string) string { return r.prefix + name }

// Do runs a command on the node that holds key. It returns ErrUnavailable at once while that node is known not to reply. A command
// whose connection broke is sent once more: it may have been run twice.
func (r *Redis) Do(ctx context.Context, key string, command func(context.Context) error) error {
	limited := withDeadline(ctx, time.Now().Add(commandTimeout))
	if !r.available(limited, key) {
		r.metrics.spared.Inc()
		return ErrUnavailable
	}
	err := r.run(limited, command)
	if broken(err) && r.available(limited, key) {
		err = r.run(limited, command)
	}
	if ctx.Err() == nil { // else the caller aborted it, which is no failure of Redis
		r.count(err)
	}
	return err
}

// commandContext has a deadline but no timer: go-redis bounds reads and writes by it, and every other wait by the options of its client.
type commandContext struct {
	context.Context
	at time.Time
}

func withDeadline(ctx context.Context, at time.Time) context.Context {
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(at) {
		return ctx
	}
	return commandContext{ctx, at}
}

// Deadline returns the deadline.
func (c commandContext) Deadline() (at time.Time, ok bool) { return c.at, true }

// Run runs a script as Do does. All keys are on the node of the first one.
func (r *Redis) Run(ctx context.Context, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	reply := redis.NewCmd(ctx)
	err := r.Do(ctx, keys[0], func(ctx context.Context) error {
		reply = script.Run(ctx, r.Client, keys, args...)
		return reply.Err()
	})
	reply.SetErr(err) // of the last reply: Do may have run the script twice, or not at all
	return reply
}

func (r *Redis) run(ctx context.Context, command func(context.Context) error) error {
	started := time.Now()
	err := command(ctx)
	r.metrics.duration.Observe(time.Since(started).Seconds())
	return err
}

// available reports whether a command may be sent to the node that holds key.
func (r *Redis) available(ctx context.Context, key string) bool {
	node, ok := r.node(ctx, key)
	return ok && r.monitor.available(node)
}

// node returns the address of the node that holds key, "" for the one that was dialed last if there is no Cluster. It reports whether it
// is known.
func (r *Redis) node(ctx context.Context, key string) (address string, ok bool) {
	cluster, ok := r.Client.(*redis.ClusterClient)
	if !ok {
		return "", true
	}
	if _, all := r.monitor.unavailable(); all { // also the map of the slots is out of reach
		return "", false
	}
	master, err := cluster.MasterForKey(ctx, key)
	if err != nil {
		return "", false
	}
	return master.Options().Addr, true
}

// broken reports whether a connection ended in the middle of a command.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// count counts a failed command, and logs at most once a minute what a Redis that is full, read-only or loading replies.
func (r *Redis) count(err error) {
	switch {
	case err == nil, errors.Is(err, redis.Nil):
	case !errors.As(err, new(redis.Error)):
		r.metrics.failed.Inc()
	default:
		r.metrics.declined.Inc()
		now := time.Now().UnixNano()
		if last := r.lastRefusal.Load(); now-last > int64(time.Minute) && r.lastRefusal.CompareAndSwap(last, now) {
			r.log.Warn("redis refused a command, continuing without it", "error", err)
		}
	}
}

// subscriber gets what the replicas publish for each other. Its functions must not block.
type subscriber struct {
	message    func(topic, text string)
	subscribed func()
}

// Message returns the payload of a message: a topic, which is one word, and a text.
func Message(topic, text string) string { return topic + " " + text }

// Subscribe has message called for every message on the channel, and subscribed whenever a subscription begins, also after an
// interruption. Messages may be lost; they save time, and nothing relies on them. Neither function may block.
func (r *Redis) Subscribe(message func(topic, text string), subscribed func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.subscribers = append(r.subscribers, subscriber{message, subscribed})
}

// receive delivers messages until Close.
func (r *Redis) receive() {
	deliver := func(to func(subscriber)) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range r.subscribers {
			to(s)
		}
	}
	for received := range r.sub.ChannelWithSubscriptions() {
		switch received := received.(type) {
		case *redis.Subscription:
			deliver(func(s subscriber) { s.subscribed() })
		case *redis.Message:
			topic, text, _ := strings.Cut(received.Payload, " ")
			deliver(func(s subscriber) { s.message(topic, text) })
		}
	}
}
