package fleet

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

const (
	clusterRedirects = 3 // to the new node of a slot that moved
	clusterBackoff   = 10 * time.Millisecond
	clusterReload    = 10 * time.Second // of the map of slots, without a reason; the library's own is a minute
)

// newClient returns a client that neither retries nor waits longer than the Monitor: go-redis would wait for seconds on a dead Redis.
// New connections authenticate with the current credentials.
func newClient(u redisurl.URL, current *atomic.Pointer[redisurl.URL], m *Monitor) redis.UniversalClient {
	options := &redis.UniversalOptions{
		Addrs: u.Addresses, MasterName: u.Master, DB: u.Database, Dialer: newDialer(u, m),
		CredentialsProvider: func() (username, password string) { now := current.Load(); return now.Username, now.Password },
		SentinelUsername:    u.SentinelUsername, SentinelPassword: u.SentinelPassword,

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

// newDialer returns a dialer whose connections a Monitor observes. A Sentinel keeps no data: a separate Monitor ends its connections,
// and its state does not count.
func newDialer(u redisurl.URL, m *Monitor) DialFunc {
	plain := &net.Dialer{Timeout: commandTimeout} // the Monitor ends it much earlier
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

// ErrElsewhere is returned for a URL that differs in more than the user name and the password.
var ErrElsewhere = errors.New("names another place or another way to it, which takes effect at the next start")

// Relogin makes new connections authenticate with the credentials of a changed URL, and reports whether they are new. Open connections
// stay as they are: Redis closes them itself if it has to. Calls must not overlap.
func (r *Redis) Relogin(url string) (changed bool, err error) {
	next, err := redisurl.Parse(url)
	if err != nil {
		return false, err
	}
	same := *r.url.Load()
	changed = same.Username != next.Username || same.Password != next.Password
	same.Username, same.Password = next.Username, next.Password
	if !reflect.DeepEqual(next, same) {
		return false, ErrElsewhere
	}
	r.url.Store(&next)
	return changed, nil
}

// EvictsEveryKey returns the policy by which a full Redis also evicts keys without a lifetime. It returns "" if Redis does not do so, or
// if the user may not read the policy.
func (r *Redis) EvictsEveryKey(ctx context.Context) (policy string) {
	ctx, cancel := context.WithTimeout(ctx, LeaseLife)
	defer cancel()
	info := r.Client.InfoMap(ctx, "memory")
	policy = info.Item("Memory", "maxmemory_policy")
	if limit := info.Item("Memory", "maxmemory"); limit == "" || limit == "0" || !strings.HasPrefix(policy, "allkeys-") {
		return ""
	}
	return policy
}
