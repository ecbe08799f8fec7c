package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

// modelRedis is a Redis inside the bubble: its clock, the lives of its keys and its connections follow virtual time.
type modelRedis struct {
	*miniredis.Miniredis

	mu         sync.Mutex    // guards the rest
	full       bool          // it takes no writes
	lossy      bool          // it loses messages
	noPurges   bool          // it takes none
	back       time.Duration // how far its clock is behind
	noGets     time.Time     // until then GETs of entries fail
	lastTime   time.Time     // that it returned last
	leaseReads int
	uncertain  bool // it takes purges, and replies with an error
	wholes     int  // reads of the whole record of purges
}

func newModelRedis() *modelRedis {
	r := &modelRedis{Miniredis: miniredis.NewMiniRedis()}
	r.ClockTTL(true)
	if conn, err := r.Dial(); err == nil { // the server is there from the first connection on
		_ = conn.Close()
	}
	r.Server().SetPreHook(r.before)
	return r
}

// before sees every command, those of scripts too, and reports whether it has replied to it.
func (r *modelRedis) before(peer *server.Peer, command string, args ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch command {
	case "TIME":
		now := time.Now()
		if !now.After(r.lastTime) { // as it is outside the bubble, no two get the same time
			now = r.lastTime.Add(time.Microsecond)
		}
		r.lastTime = now
		now = now.Add(-r.back)
		peer.WriteLen(2)
		peer.WriteBulk(strconv.FormatInt(now.Unix(), 10))
		peer.WriteBulk(strconv.Itoa(now.Nanosecond() / 1000))
		return true
	case "GET":
		if strings.Contains(args[0], ":l2:") {
			r.leaseReads++
		}
		return false
	case "GETRANGE":
		whole := len(args[2]) > len("100") // the end of a head is less
		refused := time.Now().Before(r.noGets) && strings.Contains(args[0], ":e2:") && whole
		if refused {
			peer.WriteError("ERR not now")
		}
		return refused
	case "PUBLISH":
		if r.uncertain && args[1] != "purge" { // what the script wrote before stays
			peer.WriteError("ERR not now")
			return true
		}
		if r.lossy {
			peer.WriteInt(0)
		}
		return r.lossy
	case "HGETALL":
		if args[0] == recordKey {
			r.wholes++
		}
		return false
	case "SET", "HSET", "HINCRBY", "DEL", "PEXPIRE":
		refused := r.full || r.noPurges && args[0] == recordKey
		if refused {
			peer.WriteError("OOM command not allowed when used memory > 'maxmemory'.")
		}
		return refused
	default:
		return false
	}
}

// record returns the digest of the record of purges, its lineage, and the ids of its names.
func (r *modelRedis) record() (digest, lineage string, ids map[string]string) {
	lineage = r.HGet(recordKey, "lineage")
	digest = lineage[:min(len(lineage), 16)]
	if written := strings.Fields(r.HGet(recordKey, "digest")); len(written) > 0 && written[1] == digest {
		digest = written[0]
	}
	ids = map[string]string{}
	fields, _ := r.HKeys(recordKey)
	for _, field := range fields {
		if strings.HasPrefix(field, "s ") || strings.HasPrefix(field, "h ") {
			ids[field], _, _ = strings.Cut(r.HGet(recordKey, field), " ")
		}
	}
	return digest, lineage, ids
}

// disagrees returns how what a replica has read of the purges differs from the record with the same digest, "" if it does not.
func (r *modelRedis) disagrees(c *cache.Cache) string {
	digest, lineage, ids := r.record()
	if read, of, its := cache.RecordOf(c); read == digest && (of != lineage || !maps.Equal(its, ids)) {
		return fmt.Sprintf("%s %v was read of the record %s %v", of, its, lineage, ids)
	}
	return ""
}

func (r *modelRedis) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// snapshot is what was in a Redis at an instant.
type snapshot map[string]savedKey

type savedKey struct {
	value  string
	fields map[string]string // of a hash
	ends   time.Time         // zero: never
}

func (r *modelRedis) snapshot() snapshot {
	all := snapshot{}
	for _, key := range r.Keys() {
		saved := savedKey{}
		if ttl := r.TTL(key); ttl > 0 {
			saved.ends = time.Now().Add(ttl)
		}
		if r.Type(key) == "hash" {
			saved.fields = map[string]string{}
			fields, _ := r.HKeys(key)
			for _, f := range fields {
				saved.fields[f] = r.HGet(key, f)
			}
		} else {
			saved.value, _ = r.Get(key)
		}
		all[key] = saved
	}
	return all
}

func (r *modelRedis) restore(all snapshot) {
	r.FlushAll()
	for key, saved := range all {
		if !saved.ends.IsZero() && !time.Now().Before(saved.ends) {
			continue
		}
		for f, v := range saved.fields {
			r.HSet(key, f, v)
		}
		if saved.fields == nil {
			_ = r.Set(key, saved.value)
		}
		if !saved.ends.IsZero() {
			r.SetTTL(key, time.Until(saved.ends))
		}
	}
}

// link is the way from one replica to Redis. It can be cut, and it can swallow whatever goes over it.
type link struct {
	redis *modelRedis

	mu     sync.Mutex // guards the rest
	cut    bool
	silent bool
	open   []net.Conn
}

func (l *link) state() (cut, silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut, l.silent
}

func (l *link) set(cut, silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.silent = cut, silent
	if cut {
		for _, c := range l.open {
			_ = c.Close()
		}
		l.open = nil
	}
}

func (l *link) dial(context.Context, string, string) (net.Conn, error) {
	if cut, _ := l.state(); cut {
		return nil, errors.New("connection refused")
	}
	c, err := l.redis.Dial()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, c)
	return c, nil
}

// slowly is dial for commands: they take a millisecond each way, so that there is something to happen meanwhile.
func (l *link) slowly(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := l.dial(ctx, network, address)
	return &slowConn{c, l}, err
}

type slowConn struct {
	net.Conn
	link *link
}

func (c *slowConn) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	if _, silent := c.link.state(); silent {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *slowConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if _, silent := c.link.state(); err != nil || !silent {
			time.Sleep(time.Millisecond)
			return n, err
		}
	}
}

// readily is dial for messages: they are taken at once, so that the server, which holds a lock while it sends, never waits.
func (l *link) readily(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := l.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	ready := &readyConn{Conn: c, taken: make(chan []byte, 1024)}
	go ready.take()
	return ready, nil
}

type readyConn struct {
	net.Conn
	taken chan []byte
	rest  []byte // of the last one
}

func (c *readyConn) take() {
	defer close(c.taken)
	for {
		b := make([]byte, 4096)
		n, err := c.Conn.Read(b)
		if err != nil {
			return
		}
		c.taken <- b[:n]
	}
}

// Read knows no deadline: what it waits for comes, or the connection ends.
func (c *readyConn) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		var more bool
		if c.rest, more = <-c.taken; !more {
			return 0, io.EOF
		}
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *readyConn) SetReadDeadline(time.Time) error { return nil }

func (c *readyConn) SetDeadline(t time.Time) error { return c.SetWriteDeadline(t) }

// links are a replica's ways to Redis: one for commands, and one for messages. The latter is never silent, but cut: go-redis
// holds a lock while it subscribes, and time in the bubble does not advance while a caller waits for a lock.
type links struct{ commands, messages *link }

func newLinks(r *modelRedis) *links { return &links{&link{redis: r}, &link{redis: r}} }

func (l *links) connect(cut, silent bool) {
	l.commands.set(cut, silent)
	l.messages.set(cut || silent, false)
}

// connection returns what fleet.Connect returns, over these links.
func (l *links) connection(log *slog.Logger) *fleet.Redis {
	m := fleet.NewMonitor(log)
	client := &modelClient{newClient(m.Dialer(l.commands.slowly)), newClient(fleet.NewMonitor(log).Dialer(l.messages.readily))}
	return fleet.New(client, m, fleet.Options{KeyPrefix: "test:", Log: log})
}

type modelClient struct {
	*redis.Client
	pubsub *redis.Client
}

func (c *modelClient) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	return c.pubsub.Subscribe(ctx, channels...)
}

func (c *modelClient) Close() error { return errors.Join(c.pubsub.Close(), c.Client.Close()) }

// newClient has the waits that fleet.Connect sets.
func newClient(dial func(context.Context, string, string) (net.Conn, error)) *redis.Client {
	const limit = 10 * time.Second
	return redis.NewClient(&redis.Options{
		Dialer: dial, MaxRetries: -1, DialerRetries: 1, DialTimeout: limit,
		ReadTimeout: limit, WriteTimeout: limit, PoolTimeout: limit, ContextTimeoutEnabled: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}, // it looks names up
	})
}

// inBubble returns a replica that knows this Redis, and its ways to it.
func inBubble(t *testing.T, r *rocket, redis *modelRedis, change ...func(*cache.Options)) (*cache.Cache, *links) {
	t.Helper()
	l := newLinks(redis)
	c := linked(t, r, l, change...)
	time.Sleep(time.Second)
	return c, l
}

// linked returns a replica with these ways to its Redis, which has just started.
func linked(t *testing.T, r *rocket, l *links, change ...func(*cache.Options)) *cache.Cache {
	t.Helper()
	o := revalidating(r)
	for _, c := range change {
		c(&o)
	}
	o.Redis = l.connection(o.Log)
	t.Cleanup(func() {
		_ = o.Redis.Close()
		time.Sleep(2 * time.Second) // go-redis tries to dial for a while after its end
	})
	return open(t, o)
}
