package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

// commandTimeout bounds a command, the wait for a connection of our own pool included. It is no judgement about Redis: the Monitor
// ends commands much earlier if a node does not reply.
const commandTimeout = 10 * time.Second

// ErrUnavailable says that the node for a command is known not to reply; it was not asked.
var ErrUnavailable = errors.New("redis is unavailable")

// Redis is a connection to a Redis, a Cluster, or what Sentinels name. It is safe for concurrent use.
type Redis struct {
	Client   redis.UniversalClient // for the commands that Do runs
	Messages *Messages

	Observe func(took time.Duration) // receives the duration of every command that was sent; may be nil; set before the first

	login   *login // nil if the client came ready made
	prefix  string
	monitor *Monitor
	prober  *prober
	watcher *watcher
	log     *slog.Logger

	failed, declined, spared atomic.Uint64 // what Errors returns
	lastRefusal              atomic.Int64  // Unix nanoseconds of the last refusal that was logged
}

// The library writes to standard error by itself, through the one logger that it has. What matters is in our own log.
var silenceLibrary sync.Once

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// Connect returns a Redis that connects at the first command, never before: the gateway starts without Redis.
func Connect(url, prefix string, log *slog.Logger) (*Redis, error) {
	where, err := redisurl.Parse(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	l := newLogin(where)
	m := NewMonitor(log)
	r := New(newClient(where, l, m), m, prefix, log)
	r.login = l
	return r, nil
}

// New returns a Redis over a client whose connections the Monitor observes.
func New(client redis.UniversalClient, m *Monitor, prefix string, log *slog.Logger) *Redis {
	silenceLibrary.Do(func() { redis.SetLogger(quiet{}) })
	r := &Redis{Client: client, monitor: m, prefix: prefix, log: log}
	r.prober = newProber(client, m)
	r.Messages = newMessages(client, r.Key("stored"))
	r.watcher = newWatcher(r)
	r.Messages.OnMessage(r.watcher.message)
	return r
}

// Key returns the name under which something is kept: REDIS_KEY_PREFIX is before every one.
func (r *Redis) Key(name string) string { return r.prefix + name }

// Do runs a command on the node that holds key. It returns ErrUnavailable at once while that node is known not to reply. A command
// whose connection broke is sent once more: it may have been run twice.
func (r *Redis) Do(ctx context.Context, key string, command func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if !r.available(limited, key) {
		r.spared.Add(1)
		return ErrUnavailable
	}
	err := r.run(limited, command)
	if broken(err) && r.available(limited, key) {
		err = r.run(limited, command)
	}
	if ctx.Err() == nil { // else it was given up from above, which is no failure
		r.count(err)
	}
	return err
}

func (r *Redis) run(ctx context.Context, command func(context.Context) error) error {
	started := time.Now()
	err := command(ctx)
	if r.Observe != nil {
		r.Observe(time.Since(started))
	}
	return err
}

// available reports whether the node that holds key may be asked.
func (r *Redis) available(ctx context.Context, key string) bool {
	cluster, ok := r.Client.(*redis.ClusterClient)
	if !ok {
		return r.monitor.currentAvailable()
	}
	if _, all := r.monitor.unavailable(); all { // also the map of the slots is out of reach
		return false
	}
	master, err := cluster.MasterForKey(ctx, key)
	return err == nil && r.monitor.available(master.Options().Addr)
}

// broken reports whether a connection ended in the middle of a command.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func (r *Redis) count(err error) {
	var refusal redis.Error
	switch {
	case err == nil, errors.Is(err, redis.Nil):
	case errors.As(err, &refusal):
		r.declined.Add(1)
		r.logRefusal(err)
	default:
		r.failed.Add(1)
	}
}

// logRefusal logs at most once a minute what a Redis that is full, read-only or loading replies.
func (r *Redis) logRefusal(err error) {
	now := time.Now().UnixNano()
	if last := r.lastRefusal.Load(); now-last > int64(time.Minute) && r.lastRefusal.CompareAndSwap(last, now) {
		r.log.Warn("redis refused a command, continuing without it", "error", err)
	}
}

// Close closes the connections and ends all that goes on behind them.
func (r *Redis) Close() error {
	r.prober.close()
	r.watcher.close()
	r.Messages.close()
	return r.Client.Close()
}
