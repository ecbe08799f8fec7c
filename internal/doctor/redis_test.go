package doctor_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// redisChecks are all of them, where Redis is given.
var redisChecks = []string{
	"Redis", "Redis: version", "Redis: role", "Redis: eviction", "Redis: latency", "Redis: writable",
	"Redis: record of purges", "Redis: shared tokens",
}

// sharing looks at a Redis, and at no more of Rocket than that its name is not found.
func sharing(t *testing.T, url string) doctor.Options {
	t.Helper()
	r, err := fleet.Connect(fleet.Options{URL: url, KeyPrefix: "rgw:", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	o := options(t, "http://rocket.test")
	o.Redis, o.SharedTokens, o.Record = r, true, cache.CheckRecord
	return o
}

// configure sends a command as an operator would.
func configure(t *testing.T, server *testkit.Redis, command ...any) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = c.Close() }()
	if err := c.Do(t.Context(), command...).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	o := sharing(t, server.URL())
	findings := examine(t, o)
	want(t, findings, doctor.OK, append([]string{"configuration"}, redisChecks...)...)
	wantFinding(t, findings["Redis: writable"], doctor.OK, `under "rgw:"`, "")
	wantFinding(t, findings["Redis: eviction"], doctor.OK, "no memory limit", "")
	if n := o.Redis.Client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys are left behind", n)
	}

	o.SharedTokens = false
	wantFinding(t, examine(t, o)["Redis: shared tokens"], doctor.Warning, "logs in to Rocket for itself", "TOKEN_ENCRYPTION_KEYS")

	configure(t, server, "CONFIG", "SET", "maxmemory", "100mb")
	wantFinding(t, examine(t, o)["Redis: eviction"], doctor.Warning, "noeviction", "volatile-lru")
	configure(t, server, "CONFIG", "SET", "maxmemory-policy", "volatile-lru")
	wantFinding(t, examine(t, o)["Redis: eviction"], doctor.OK, "volatile-lru", "")

	configure(t, server, "CONFIG", "SET", "maxmemory", "1")
	wantFinding(t, examine(t, o)["Redis: writable"], doctor.Failed, "OOM", "raise Redis's maxmemory")

	server.Kill()
	findings = examine(t, o)
	want(t, findings, doctor.Failed, "DNS", "Redis")
	wantFinding(t, findings["Redis"], doctor.Failed, "", "host, port and scheme of REDIS_URL")
	wantFinding(t, findings["Redis: writable"], doctor.Skipped, "needs Redis", "")
}

func TestRecordOfPurges(t *testing.T) {
	const name, advice = "Redis: record of purges", "delete the key rgw:purges2"
	server := testkit.StartRedis(t)
	o := sharing(t, server.URL())
	configure(t, server, "HSET", "rgw:purges2", "h all", "00000000000000ab 1750248000000")
	wantFinding(t, examine(t, o)[name], doctor.OK, "rgw:purges2", "")
	configure(t, server, "HSET", "rgw:purges2", "s customer:c", "junk")
	wantFinding(t, examine(t, o)[name], doctor.Warning, `1 of its 2 purges are damaged, "s customer:c" among them`, advice)
	configure(t, server, "SET", "rgw:purges2", "junk")
	wantFinding(t, examine(t, o)[name], doctor.Warning, "WRONGTYPE", advice)
}

func TestReplicaOfRedis(t *testing.T) {
	master, replica := testkit.StartRedis(t), testkit.StartRedis(t)
	host, port, _ := net.SplitHostPort(master.Address)
	configure(t, replica, "REPLICAOF", host, port)
	findings := examine(t, sharing(t, replica.URL()))
	want(t, findings, doctor.Failed, "DNS", "Redis: role", "Redis: writable")
	wantFinding(t, findings["Redis: writable"], doctor.Failed, "READONLY", "lead to the master")
}

func TestRedisThatRefuses(t *testing.T) {
	server := testkit.StartRedis(t)
	configure(t, server, "ACL", "SETUSER", "mute", "on", ">pw", "~*", "&*", "+@all", "-info")
	configure(t, server, "ACL", "SETUSER", "reader", "on", ">pw", "~*", "&*", "+@all", "-@write")
	as := func(user string) map[string]doctor.Finding {
		return examine(t, sharing(t, strings.Replace(server.URL(), "redis://", "redis://"+user+"@", 1)))
	}
	findings := as("mute:pw")
	want(t, findings, doctor.Failed, "DNS")
	for _, name := range []string{"Redis: version", "Redis: role", "Redis: eviction"} {
		wantFinding(t, findings[name], doctor.Skipped, "does not report", "")
	}
	wantFinding(t, as("reader:pw")["Redis: writable"], doctor.Failed, "NOPERM", "REDIS_KEY_PREFIX")
	wantFinding(t, as("mute:wrong")["Redis"], doctor.Failed, "WRONGPASS", "password in REDIS_URL")
	configure(t, server, "CONFIG", "SET", "requirepass", "pw")
	wantFinding(t, examine(t, sharing(t, server.URL()))["Redis"], doctor.Failed, "NOAUTH", "set the password")
}

// Every look at the clock is some milliseconds after the one before.
func TestSlowRedis(t *testing.T) {
	o := sharing(t, testkit.StartRedis(t).URL())
	at := now
	o.Now = func() time.Time { at = at.Add(7 * time.Millisecond); return at }
	wantFinding(t, examine(t, o)["Redis: latency"], doctor.Warning, "PING takes 7ms", "nearer")
}

func TestOldRedis(t *testing.T) {
	before := regexp.MustCompile(`redis_version:\d`)
	address := aged(t, testkit.StartRedis(t).Address, func(b []byte) []byte { return before.ReplaceAll(b, []byte("redis_version:5")) })
	findings := examine(t, sharing(t, "redis://"+address))
	wantFinding(t, findings["Redis: version"], doctor.Warning, "5.", "6.2 or later")
	want(t, findings, doctor.Failed, "DNS")
}

// aged is a proxy to a server that passes its replies through a function.
func aged(t *testing.T, server string, word func([]byte) []byte) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { _ = l.Close() })
	running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			behind, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				return
			}
			running.Go(func() { _, _ = io.Copy(behind, client); _ = behind.Close() })
			running.Go(func() {
				for b := make([]byte, 64<<10); ; {
					n, err := behind.Read(b)
					if _, failed := client.Write(word(bytes.Clone(b[:n]))); err != nil || failed != nil {
						_ = client.Close()
						return
					}
				}
			})
		}
	})
	return l.Addr().String()
}

func TestRedisCluster(t *testing.T) {
	t.Parallel() // it takes seconds until the nodes have met
	findings := examine(t, sharing(t, testkit.StartCluster(t).URL()))
	want(t, findings, doctor.OK, append([]string{"configuration"}, redisChecks...)...)
}
