package fleet

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

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

// Redis is the connection. It is safe for concurrent use.
type Redis struct {
	Client redis.UniversalClient // for the commands that Do runs
	Bell   *Bell

	Observe func(took time.Duration) // told of every command that Redis was asked; may be nil; set before the first

	login  *login // nil where the client came ready made
	prefix string
	reload func(context.Context) // has the map of a Cluster's slots read again
	health *health
}

// Connect connects at the first command, never before: the gateway starts without Redis.
func Connect(url, prefix string, log *slog.Logger) (*Redis, error) {
	where, err := redisurl.Parse(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	l := newLogin(where)
	r := New(dial(where, l), prefix, log)
	r.login = l
	return r, nil
}

// New takes over a client; its own waits must be short.
func New(client redis.UniversalClient, prefix string, log *slog.Logger) *Redis {
	silence.Do(func() { redis.SetLogger(quiet{}) })
	r := &Redis{Client: client, reload: func(context.Context) {}, prefix: prefix}
	if cluster, ok := client.(*redis.ClusterClient); ok {
		r.reload = cluster.ReloadState
	}
	r.health = newHealth(func(ctx context.Context) error { return client.Ping(ctx).Err() }, log)
	r.Bell = newBell(client, r.Key("stored"))
	return r
}

func dial(u redisurl.URL, l *login) redis.UniversalClient {
	options := &redis.UniversalOptions{
		Addrs: u.Addresses, MasterName: u.Master, DB: u.Database,
		CredentialsProvider: l.provide, SentinelUsername: u.SentinelUsername, SentinelPassword: u.SentinelPassword,

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

// Key gives the name under which something is kept: REDIS_KEY_PREFIX is before every one.
func (r *Redis) Key(name string) string { return r.prefix + name }

// Do runs a command with its short deadline, unless Redis is known to be away.
func (r *Redis) Do(ctx context.Context, command func(context.Context) error) error {
	if !r.health.ok() {
		r.health.spared.Add(1)
		return ErrAway
	}
	limited, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	begun := time.Now()
	err := command(limited)
	if r.Observe != nil {
		r.Observe(time.Since(begun))
	}
	if ctx.Err() != nil { // it was given up from above, which says nothing about Redis
		return err
	}
	if r.health.note(err) {
		r.reload(ctx) // the library does so when a node says that a slot has moved, not when the node is gone
	}
	return err
}

// Close ends the connections and all that goes on behind them.
func (r *Redis) Close() error {
	r.health.close()
	r.Bell.close()
	return r.Client.Close()
}
