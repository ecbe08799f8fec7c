package doctor

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

const (
	redisTime = 5 * time.Second
	probeLife = 10 * time.Second // of the key that is written, should its deletion fail
	pings     = 5
	slowPing  = 5 * time.Millisecond

	connection = "Redis"
)

// redis looks at what replicas share.
func (d *doctor) redis() []check {
	if d.Redis == nil {
		return []check{{name: connection, run: func(context.Context) result {
			return skip("REDIS_URL is not set: every replica has a cache of its own")
		}}}
	}
	var info map[string]string
	return []check{
		{connection, "", redisTime, func(ctx context.Context) (r result) { info, r = d.reachRedis(ctx); return r }},
		{"Redis: version", connection, 0, func(context.Context) result { return version(info) }},
		{"Redis: role", connection, 0, func(context.Context) result { return role(info) }},
		{"Redis: eviction", connection, 0, func(context.Context) result { return eviction(info) }},
		{"Redis: latency", connection, redisTime, d.latency},
		{"Redis: writable", connection, redisTime, d.writable},
		{"Redis: shared tokens", connection, 0, d.tokens},
	}
}

// reachRedis connects, and gives what Redis tells of itself: nothing where it refuses to.
func (d *doctor) reachRedis(ctx context.Context) (info map[string]string, r result) {
	if err := d.Redis.Client.Ping(ctx).Err(); err != nil {
		return nil, unusable(err)
	}
	text, err := d.Redis.Client.Info(ctx).Result()
	if err != nil {
		return nil, good("it answers, but does not tell of itself")
	}
	info = map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, good("it answers")
}

// refusals are the first words of Redis's errors, and what to do about them.
var refusals = map[string]string{
	"NOAUTH":    "give the password in REDIS_URL",
	"WRONGPASS": "correct the user name and password in REDIS_URL",
	"NOPERM":    "have the user of REDIS_URL permitted all commands on keys under REDIS_KEY_PREFIX",
	"READONLY":  masterAdvice,
	"OOM":       "raise Redis's maxmemory, or set its maxmemory-policy to volatile-lru or volatile-lfu",
}

const masterAdvice = "have REDIS_URL lead to the master; redis+sentinel:// finds it by itself"

func unusable(err error) result {
	first, _, _ := strings.Cut(err.Error(), " ")
	advice, ok := refusals[first]
	if !ok {
		advice = "look at host, port and scheme of REDIS_URL (rediss:// for TLS), and at firewalls; until then replicas share nothing"
	}
	return fail(advice, "%v", err)
}

// latency is the median of some PINGs.
func (d *doctor) latency(ctx context.Context) result {
	var took []time.Duration
	for range pings {
		started := d.Now()
		if err := d.Redis.Client.Ping(ctx).Err(); err != nil {
			return unusable(err)
		}
		took = append(took, d.Now().Sub(started))
	}
	slices.Sort(took)
	median := took[len(took)/2].Round(10 * time.Microsecond)
	if median > slowPing {
		return warn("have Redis nearer: every answer that this replica does not hold waits for it", "PING takes %s", median)
	}
	return good("PING takes %s", median)
}

// writable writes a key that nobody reads, and takes it away.
func (d *doctor) writable(ctx context.Context) result {
	key := d.Redis.Key("doctor:" + rand.Text())
	if err := d.Redis.Client.Set(ctx, key, "", probeLife).Err(); err != nil {
		return unusable(err)
	}
	if err := d.Redis.Client.Del(ctx, key).Err(); err != nil {
		return unusable(err)
	}
	return good("a key under %q", d.Redis.Key(""))
}

func (d *doctor) tokens(context.Context) result {
	if !d.SharedTokens {
		return warn("set TOKEN_ENCRYPTION_KEYS, the same for all", "every replica logs in to Rocket for itself")
	}
	return good("replicas share Rocket's token")
}
