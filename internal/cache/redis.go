package cache

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

// Waits are short and single: a dead Redis must cost a request next to nothing. go-redis's own would be seconds.
const (
	dialTimeout    = 500 * time.Millisecond
	commandTimeout = 250 * time.Millisecond

	clusterRedirects = 3 // a slot that moves is asked for at its new place
	clusterBackoff   = 10 * time.Millisecond
	clusterReload    = 10 * time.Second // of the map of slots, without a reason; the library's own is a minute
)

// The library writes to standard error by itself, through the one logger that it has. What matters is in our own log.
var silence sync.Once

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// Redis is the tier that replicas share and that outlives them.
type Redis struct {
	client redis.UniversalClient
	reload func(context.Context) // has the map of a Cluster's slots read again
	prefix string
	health *health
	bell   *bell
}

// NewRedis connects at the first command, never before: the gateway starts without Redis.
func NewRedis(url, prefix string, log *slog.Logger) (*Redis, error) {
	where, err := redisurl.Parse(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	silence.Do(func() { redis.SetLogger(quiet{}) })
	client := connect(where)
	r := &Redis{client: client, reload: func(context.Context) {}, prefix: prefix}
	if cluster, ok := client.(*redis.ClusterClient); ok {
		r.reload = cluster.ReloadState
	}
	r.health = newHealth(func(ctx context.Context) error { return client.Ping(ctx).Err() }, log)
	r.bell = newBell(client, prefix+"stored")
	return r, nil
}

func connect(u redisurl.URL) redis.UniversalClient {
	options := &redis.UniversalOptions{
		Addrs: u.Addresses, MasterName: u.Master, DB: u.Database,
		Username: u.Username, Password: u.Password, SentinelUsername: u.SentinelUsername, SentinelPassword: u.SentinelPassword,

		MaxRetries: -1, DialerRetries: 1, DialTimeout: dialTimeout,
		ReadTimeout: commandTimeout, WriteTimeout: commandTimeout, PoolTimeout: commandTimeout, ContextTimeoutEnabled: true,
		MaxRedirects: clusterRedirects, MinRetryBackoff: time.Millisecond, MaxRetryBackoff: clusterBackoff,
	}
	if u.TLS {
		options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if u.Kind == redisurl.Cluster {
		cluster := options.Cluster()
		cluster.ClusterStateReloadInterval = clusterReload
		return redis.NewClusterClient(cluster)
	}
	return redis.NewUniversalClient(options)
}

// Close ends the connections and all that goes on behind them.
func (r *Redis) Close() error {
	r.health.close()
	r.bell.close()
	return r.client.Close()
}

// All keys of one question share a slot of a cluster: the hash stands in braces.

func (r *Redis) entryKey(key query.Key) string {
	return r.prefix + "e" + codecVersion + ":{" + key.String() + "}"
}
func (r *Redis) leaseKey(key query.Key) string {
	return r.prefix + "l" + codecVersion + ":{" + key.String() + "}"
}
func (r *Redis) failureKey(key query.Key) string {
	return r.prefix + "f" + codecVersion + ":{" + key.String() + "}"
}

// do runs a command with its short deadline, unless Redis is known to be away.
func (r *Redis) do(ctx context.Context, command func(context.Context) error) error {
	if !r.health.ok() {
		return errAway
	}
	limited, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	err := command(limited)
	if ctx.Err() != nil { // it was given up from above, which says nothing about Redis
		return err
	}
	if r.health.note(err) {
		r.reload(ctx) // the library does so when a node says that a slot has moved, not when the node is gone
	}
	return err
}

// get gives the stored value, or nil where there is none or Redis fails.
func (r *Redis) get(ctx context.Context, key query.Key) (value []byte) {
	_ = r.do(ctx, func(ctx context.Context) (err error) {
		value, err = r.client.Get(ctx, r.entryKey(key)).Bytes()
		return err
	})
	return value
}

// drop takes a value away that is of no use to anybody.
func (r *Redis) drop(ctx context.Context, key query.Key) {
	_ = r.do(ctx, func(ctx context.Context) error { return r.client.Del(ctx, r.entryKey(key)).Err() })
}

// startOf gives the start stamp of the stored entry, 0 where there is none.
func (r *Redis) startOf(ctx context.Context, key query.Key) (start uint64, err error) {
	err = r.do(ctx, func(ctx context.Context) error {
		stamp, err := r.client.GetRange(ctx, r.entryKey(key), startOffset, startOffset+7).Bytes()
		start = parseStamp(stamp)
		return err
	})
	return start, err
}
