package cache

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Waits are short and single: a dead Redis must cost a request next to nothing. go-redis's own would be seconds.
const (
	dialTimeout    = 500 * time.Millisecond
	commandTimeout = 250 * time.Millisecond
)

// The library writes to standard error by itself, through the one logger that it has. What matters is in our own log.
var silence sync.Once

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// Redis is the tier that replicas share and that outlives them.
type Redis struct {
	client *redis.Client
	prefix string
	log    *slog.Logger
	failed atomic.Bool // whether the last command failed, so that the log tells changes alone
}

// NewRedis connects at the first command, never before: the gateway starts without Redis.
func NewRedis(url, prefix string, log *slog.Logger) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("REDIS_URL is no valid redis:// or rediss:// URL") // the value may hold a password
	}
	silence.Do(func() { redis.SetLogger(quiet{}) })
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout = dialTimeout
	options.ReadTimeout = commandTimeout
	options.WriteTimeout = commandTimeout
	options.PoolTimeout = commandTimeout
	options.ContextTimeoutEnabled = true
	return &Redis{client: redis.NewClient(options), prefix: prefix, log: log}, nil
}

// Close ends the connections.
func (r *Redis) Close() error { return r.client.Close() }

// Ping says whether Redis answers.
func (r *Redis) Ping(ctx context.Context) error { return r.client.Ping(ctx).Err() }

// key puts the hash in braces: all keys of one question share a slot of a cluster.
func (r *Redis) key(key query.Key) string {
	return r.prefix + "e" + codecVersion + ":{" + key.String() + "}"
}

// get gives the stored value, or nil where there is none or Redis fails.
func (r *Redis) get(ctx context.Context, key query.Key) []byte {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	value, err := r.client.Get(ctx, r.key(key)).Bytes()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	r.note(err)
	return value
}

func (r *Redis) set(ctx context.Context, key query.Key, value []byte, life time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	r.note(r.client.Set(ctx, r.key(key), value, life).Err())
}

// note logs when Redis begins to fail, and when it is back.
func (r *Redis) note(err error) {
	failed := err != nil
	if r.failed.Swap(failed) == failed {
		return
	}
	if failed {
		r.log.Warn("Redis fails; going on with memory and Rocket", "error", err)
		return
	}
	r.log.Info("Redis answers again")
}
