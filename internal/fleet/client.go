package fleet

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

const (
	clusterRedirects = 3 // a slot that moves is asked for at its new place
	clusterBackoff   = 10 * time.Millisecond
	clusterReload    = 10 * time.Second // of the map of slots, without a reason; the library's own is a minute
)

// newClient returns a client that neither retries nor waits longer than the Monitor: go-redis would wait for seconds on a dead Redis.
func newClient(u redisurl.URL, l *login, m *Monitor) redis.UniversalClient {
	options := &redis.UniversalOptions{
		Addrs: u.Addresses, MasterName: u.Master, DB: u.Database, Dialer: newDialer(u, m),
		CredentialsProvider: l.provide, SentinelUsername: u.SentinelUsername, SentinelPassword: u.SentinelPassword,

		MaxRetries: -1, DialerRetries: 1, DialTimeout: commandTimeout,
		ReadTimeout: commandTimeout, WriteTimeout: commandTimeout, PoolTimeout: commandTimeout, ContextTimeoutEnabled: true,
		MaxRedirects: clusterRedirects, MinRetryBackoff: time.Millisecond, MaxRetryBackoff: clusterBackoff,
	}
	if u.Kind == redisurl.Cluster {
		cluster := options.Cluster()
		cluster.ClusterStateReloadInterval = clusterReload
		return redis.NewClusterClient(cluster)
	}
	return redis.NewUniversalClient(options)
}

// newDialer returns a dialer under observation. A Sentinel keeps no data: a separate Monitor ends its connections, and its state does
// not count.
func newDialer(u redisurl.URL, m *Monitor) DialFunc {
	plain := &net.Dialer{Timeout: commandTimeout} // the Monitor gives up much earlier
	nodes, sentinels := m.Dialer(plain.DialContext), NewMonitor(m.log).Dialer(plain.DialContext)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		dial := nodes
		if u.Kind == redisurl.Sentinel && slices.Contains(u.Addresses, address) {
			dial = sentinels
		}
		c, err := dial(ctx, network, address)
		if err != nil || !u.TLS {
			return c, err
		}
		return encrypt(ctx, c, address)
	}
}

func encrypt(ctx context.Context, c net.Conn, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	encrypted := tls.Client(c, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host})
	_ = c.SetDeadline(time.Now().Add(commandTimeout)) // so that the handshake counts as a wait for a reply
	if err := encrypted.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return encrypted, c.SetDeadline(time.Time{})
}
